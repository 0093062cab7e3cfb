// SPDX-License-Identifier: Apache-2.0

#include "api/callback/callback_post.h"

#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <memory>

#include "api/callback/callback_signature.h"
#include "runner/modules/curl_library.h"

namespace gobox::api {
namespace {

using Kind = CallbackAnswer::Kind;
using runner::CurlLibrary;

constexpr long kConnectSeconds = 5;
constexpr std::size_t kMostAnswer = std::size_t{64} << 10;  // bytes read of it, to no purpose

using Curl = std::unique_ptr<CURL, decltype(::curl_easy_cleanup)*>;
using Headers = std::unique_ptr<curl_slist, decltype(::curl_slist_free_all)*>;

// What libcurl's calls back into us need.
struct Attempt {
  const std::string& host;
  const std::atomic<bool>& abort;
  bool forbidden = false;
  std::size_t answered = 0;
};

std::size_t drop_bytes(char*, std::size_t, std::size_t size, void* user) {
  auto* attempt = static_cast<Attempt*>(user);
  attempt->answered += size;
  return attempt->answered > kMostAnswer ? 0 : size;
}

int look_at_abort(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Attempt*>(user)->abort.load() ? 1 : 0;
}

// The address that is connected to, after every look-up: nothing can be put in its place later.
curl_socket_t open_socket(void* user, curlsocktype, curl_sockaddr* address) {
  auto* attempt = static_cast<Attempt*>(user);
  if (!may_be_at(attempt->host, address->addr)) {
    attempt->forbidden = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

Headers headers_of(const CurlLibrary& library, const CallbackPost& post) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::string timestamp =
      std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now).count());
  curl_slist* list = nullptr;
  for (const std::string& line :
       {std::string("Content-Type: application/json"), std::string("Expect:"),
        "webhook-id: " + post.id, "webhook-timestamp: " + timestamp,
        "webhook-signature: " + callback_signature(post.key, post.id, timestamp, post.body)}) {
    curl_slist* const longer = library.slist_append(list, line.c_str());
    if (longer == nullptr) break;
    list = longer;
  }
  return {list, library.slist_free_all};
}

void prepare(const CurlLibrary& library, CURL* curl, const CallbackPost& post, Attempt& attempt,
             curl_slist* headers) {
  const auto set = [&](CURLoption option, auto value) { library.easy_setopt(curl, option, value); };
  set(CURLOPT_URL, post.target.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PROXY, "");
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  set(CURLOPT_TIMEOUT, kPostSeconds);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_USERAGENT, "gobox");
  set(CURLOPT_HTTPHEADER, headers);
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(post.body.size()));
  set(CURLOPT_POSTFIELDS, post.body.data());
  set(CURLOPT_OPENSOCKETFUNCTION, open_socket);
  set(CURLOPT_OPENSOCKETDATA, &attempt);
  set(CURLOPT_WRITEFUNCTION, drop_bytes);
  set(CURLOPT_WRITEDATA, &attempt);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, look_at_abort);
  set(CURLOPT_XFERINFODATA, &attempt);
  if (const char* file = ::getenv("SSL_CERT_FILE")) set(CURLOPT_CAINFO, file);
}

CallbackAnswer read_status(int status) {
  if (status >= 200 && status < 300) return {Kind::kTaken, status, ""};
  const std::string said = "the receiver answered " + std::to_string(status);
  if (status == 408 || status == 425 || status == 429 || status >= 500) {
    return {Kind::kAgain, status, said};
  }
  const bool redirects = status >= 300 && status < 400;
  return {Kind::kRefused, status, said + (redirects ? "; redirects are not followed" : "")};
}

}  // namespace

CallbackAnswer post_callback(const CallbackPost& post, const std::atomic<bool>& abort) {
  const auto loaded = runner::curl_library();
  if (!loaded) return {Kind::kRefused, 0, loaded.error().message};
  const CurlLibrary& library = **loaded;
  const Curl curl(library.easy_init(), library.easy_cleanup);
  const Headers headers = headers_of(library, post);
  if (!curl || !headers) return {Kind::kAgain, 0, "libcurl cannot be started"};
  Attempt attempt{post.target.host, abort};
  prepare(library, curl.get(), post, attempt, headers.get());
  const CURLcode code = library.easy_perform(curl.get());
  long status = 0;
  library.easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  // An answer that goes on for ever has been given all the same.
  if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && status != 0)) {
    return read_status(static_cast<int>(status));
  }
  if (code == CURLE_ABORTED_BY_CALLBACK && abort) return {Kind::kAborted, 0, ""};
  if (attempt.forbidden) {
    return {Kind::kRefused, 0,
            post.target.host + " is at an address that results are not posted to"};
  }
  return {Kind::kAgain, 0,
          std::string("the receiver did not answer: ") + library.easy_strerror(code)};
}

}  // namespace gobox::api
