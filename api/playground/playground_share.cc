// SPDX-License-Identifier: Apache-2.0

#include "api/playground/playground_share.h"

#include "api/http/problem.h"
#include "api/operation/hash.h"
#include "base/sha256.h"

namespace gobox::api {
namespace {

constexpr std::size_t kMaxSnippet = std::size_t{64} * 1024;
constexpr std::size_t kIdLength = 11;
constexpr const char* kText = "text/plain; charset=utf-8";

Response plain(int status, std::string text) {
  Response response;
  response.status = status;
  response.type = kText;
  response.body = std::move(text);
  return response;
}

Response not_stored(const Error& error) {
  return render({500, error.message, std::nullopt, std::nullopt});
}

Response share(const Services& services, const Request& request) {
  if (request.body.size() > kMaxSnippet) return plain(413, "Snippet is too large\n");
  const std::string id = snippet_id(request.body);
  const auto put = services.runs.put_snippet(request.caller, id, request.body);
  return put ? plain(200, id) : not_stored(put.error());
}

Response give(const Services& services, const std::string& id, bool download) {
  auto body = services.runs.find_snippet(id);
  if (!body) return not_stored(body.error());
  if (!*body) return plain(404, "Snippet not found\n");
  Response response = plain(200, std::move(**body));
  // A stranger's bytes: never to be taken for a page.
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  if (download) {
    response.headers.emplace_back("Content-Disposition", "attachment; filename=\"" + id + ".go\"");
  }
  return response;
}

bool is_id(const std::string& id) {
  return id.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
         std::string::npos;
}

Response get_program(const Services& services, const Request& request) {
  if (!is_id(request.parameter)) return plain(404, "Snippet not found\n");
  return give(services, request.parameter, request.query_value("download") == "true");
}

// The form go.dev's own pages ask in: /_/share?id=ID.
Response get_shared(const Services& services, const Request& request) {
  const std::string id = request.query_value("id").value_or("");
  if (id.empty() || !is_id(id)) return plain(404, "Snippet not found\n");
  return give(services, id, false);
}

}  // namespace

std::string snippet_id(std::string_view body) {
  const std::string name = to_base64url(sha256("Go playground salt\n" + std::string(body)));
  std::size_t length = kIdLength;
  while (length < name.size() && name[length - 1] == '_') ++length;
  return name.substr(0, length);
}

void add_playground_share(Router& router, const Services& services) {
  const auto post = [&](const Request& request) { return share(services, request); };
  const auto get = [&](const Request& request) { return get_shared(services, request); };
  router.add({"POST", "/share", post, false, true});
  router.add({"POST", "/_/share", post, false, true});
  router.add({"GET", "/_/share", get, false, true});
  router.add({"GET", "/p/{}.go",
              [&](const Request& request) { return get_program(services, request); }, false, true});
}

}  // namespace gobox::api
