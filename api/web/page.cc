// SPDX-License-Identifier: Apache-2.0

#include "api/web/page.h"

#include "api/http/problem.h"
#include "api/web/form_run.h"
#include "api/web/page_text.h"
#include "base/sha256.h"

namespace gobox::api {
namespace {

constexpr std::size_t kMostUnpacked = std::size_t{16} << 20;

void add_security(Response& response, const Services& services) {
  // Nothing from anywhere else, nothing inline. Pictures a program draws are blobs of the page's
  // own.
  const std::string policy =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
      "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors " +
      services.options.frame_ancestors +
      "; require-trusted-types-for 'script'; trusted-types 'none'";
  response.headers.emplace_back("Content-Security-Policy", policy);
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  response.headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
  response.headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
}

Response not_modified(const std::string& tag) {
  Response response;
  response.status = 304;
  response.type = "";
  response.headers.emplace_back("ETag", tag);
  return response;
}

Response of_page(const Services& services, const Assets& assets, const PageText& text,
                 const Request& request) {
  const auto index = assets.find("index.html");
  if (!index) return render({404, "the page is not there", std::nullopt, std::nullopt});
  std::string body = fill_page(index->bytes, text);
  const std::string tag = "\"" + hex(sha256(body)).substr(0, 24) + "\"";
  Response response = has_already(request, tag) ? not_modified(tag) : Response();
  if (response.status == 200) {
    response.type = "text/html; charset=utf-8";
    response.body = std::move(body);
    response.headers.emplace_back("ETag", tag);
  }
  response.headers.emplace_back("Cache-Control", "no-cache");
  add_security(response, services);
  return response;
}

// A shared program stands in the page as it comes, unless strangers may not see it.
Response shared(const Services& services, const Assets& assets, const Request& request) {
  PageText text;
  Response response;
  const bool is_open = !services.tokens.wanted();
  auto found = is_open ? services.runs.find_snippet(request.parameter)
                       : Result<std::optional<std::string>>(std::optional<std::string>());
  if (!found) return render({500, found.error().message, std::nullopt, std::nullopt});
  if (*found) text.source = std::move(**found);
  const bool missing = is_open && !*found;
  if (missing) text.answer.notice = "There is no shared program of this name.";
  response = of_page(services, assets, text, request);
  if (missing && response.status == 200) response.status = 404;
  return response;
}

Response asset(const Services& services, const Assets& assets, const Request& request) {
  auto found = request.parameter == "index.html" ? std::nullopt : assets.find(request.parameter);
  if (!found) return render({404, "there is nothing here", std::nullopt, std::nullopt});
  const bool packed = found->gzipped && takes_gzip(request);
  // The same file unpacked is another representation, and has another tag (RFC 9110, 8.8.3).
  if (found->gzipped && !packed) found->tag.insert(1, "plain-");
  Response response = has_already(request, found->tag) ? not_modified(found->tag) : Response();
  if (response.status == 200) {
    response.type = media_type_of(request.parameter);
    response.body =
        found->gzipped && !packed ? gunzip(found->bytes, kMostUnpacked) : std::move(found->bytes);
    if (packed) response.headers.emplace_back("Content-Encoding", "gzip");
    response.headers.emplace_back("ETag", found->tag);
  }
  response.headers.emplace_back("Vary", "Accept-Encoding");
  // The name holds the content's hash: what it names never changes.
  response.headers.emplace_back("Cache-Control", "public, max-age=31536000, immutable");
  add_security(response, services);
  return response;
}

Response answer_form(const Services& services, const Assets& assets, const Request& request) {
  if (is_from_elsewhere(request)) {
    return render({403, "this form was sent by another site", std::nullopt, std::nullopt});
  }
  PageText text;
  const int status = run_form(services, request, text);
  Response response = of_page(services, assets, text, {});
  response.status = status;
  return response;
}

}  // namespace

void add_page(Router& router, const Services& services, const Assets& assets) {
  if (assets.empty()) return;
  router.add({"GET", "/",
              [&](const Request& request) { return of_page(services, assets, {}, request); },
              true});
  router.add({"GET", "/play/p/{}",
              [&](const Request& request) { return shared(services, assets, request); }, true});
  router.add({"GET", "/assets/{}",
              [&](const Request& request) { return asset(services, assets, request); }, true});
  router.add({"POST", "/",
              [&](const Request& request) { return answer_form(services, assets, request); },
              true});
}

}  // namespace gobox::api
