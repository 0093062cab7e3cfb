// SPDX-License-Identifier: Apache-2.0

#include "lab/http_caller.h"

#include <cctype>
#include <utility>

#include "runner/modules/curl_library.h"

namespace gobox::lab {
namespace {

constexpr long kConnectMs = 5000;

// application/x-www-form-urlencoded: what is no letter or digit, as %XX.
std::string encoded(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string safe;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && std::isalnum(byte) != 0) {
      safe += c;
    } else {
      safe += '%';
      safe += kDigits[byte >> 4];
      safe += kDigits[byte & 15];
    }
  }
  return safe;
}

std::size_t take(char* bytes, std::size_t size, std::size_t count, void* body) {
  static_cast<std::string*>(body)->append(bytes, size * count);
  return size * count;
}

}  // namespace

struct HttpCaller::Handle {
  Handle(const runner::CurlLibrary& library, std::string at)
      : curl(library), origin(std::move(at)), easy(library.easy_init()) {}

  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  ~Handle() {
    if (easy != nullptr) curl.easy_cleanup(easy);
  }

  const runner::CurlLibrary& curl;
  std::string origin;
  CURL* easy;
};

HttpCaller::HttpCaller(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}

HttpCaller::HttpCaller(HttpCaller&&) noexcept = default;
HttpCaller& HttpCaller::operator=(HttpCaller&&) noexcept = default;
HttpCaller::~HttpCaller() = default;

Result<HttpCaller> HttpCaller::open(std::string origin, std::chrono::milliseconds patience) {
  auto library = runner::curl_library();
  if (!library) return Error::host("no server can be asked here: libcurl cannot be loaded");
  const runner::CurlLibrary& curl = **library;
  auto handle = std::make_unique<Handle>(curl, std::move(origin));
  if (handle->easy == nullptr) return Error::host("libcurl cannot begin");
  curl.easy_setopt(handle->easy, CURLOPT_NOSIGNAL, 1L);
  curl.easy_setopt(handle->easy, CURLOPT_PROXY, "");
  curl.easy_setopt(handle->easy, CURLOPT_PROTOCOLS_STR, "http");
  curl.easy_setopt(handle->easy, CURLOPT_CONNECTTIMEOUT_MS, kConnectMs);
  curl.easy_setopt(handle->easy, CURLOPT_TIMEOUT_MS, static_cast<long>(patience.count()));
  curl.easy_setopt(handle->easy, CURLOPT_WRITEFUNCTION, take);
  return HttpCaller(std::move(handle));
}

Result<HttpAnswer> HttpCaller::get(const std::string& path) {
  handle_->curl.easy_setopt(handle_->easy, CURLOPT_HTTPGET, 1L);
  return exchange(path);
}

Result<HttpAnswer> HttpCaller::post_form(const std::string& path,
                                         const std::map<std::string, std::string>& fields) {
  std::string form;
  for (const auto& [name, value] : fields) {
    if (!form.empty()) form += '&';
    form += encoded(name) + "=" + encoded(value);
  }
  handle_->curl.easy_setopt(handle_->easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(form.size()));
  handle_->curl.easy_setopt(handle_->easy, CURLOPT_COPYPOSTFIELDS, form.c_str());
  return exchange(path);
}

Result<HttpAnswer> HttpCaller::exchange(const std::string& path) {
  const runner::CurlLibrary& curl = handle_->curl;
  CURL* const easy = handle_->easy;
  HttpAnswer answer;
  curl.easy_setopt(easy, CURLOPT_URL, (handle_->origin + path).c_str());
  curl.easy_setopt(easy, CURLOPT_WRITEDATA, &answer.body);
  const CURLcode code = curl.easy_perform(easy);
  if (code != CURLE_OK) return Error::host(curl.easy_strerror(code));
  curl.easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer.status);
  curl_off_t seconds = 0;
  curl.easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds);
  answer.retry_after = static_cast<long>(seconds);
  return answer;
}

}  // namespace gobox::lab
