// SPDX-License-Identifier: Apache-2.0

#include "api/http/problem.h"

#include <boost/json.hpp>

#include "base/json_text.h"

namespace gobox::api {

const char* title_of(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 417:
      return "Expectation Failed";
    case 501:
      return "Not Implemented";
    case 505:
      return "HTTP Version Not Supported";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    default:
      return status < 500 ? "Bad Request" : "Internal Server Error";
  }
}

Response render(const Problem& problem) {
  const boost::json::object object{{"type", "about:blank"},
                                   {"title", title_of(problem.status)},
                                   {"status", problem.status},
                                   {"detail", problem.detail},
                                   {"pointer", problem.pointer.value_or("")}};
  Response response;
  response.status = problem.status;
  response.type = "application/problem+json";
  response.body = runner::json_text(object) + "\n";
  if (problem.retry_after_s) {
    response.headers.emplace_back("Retry-After", std::to_string(*problem.retry_after_s));
  }
  return response;
}

}  // namespace gobox::api
