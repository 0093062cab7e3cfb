// SPDX-License-Identifier: Apache-2.0

#include "runner/modules/proxy_source.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "base/file.h"
#include "runner/modules/curl_library.h"

namespace gobox::runner {
namespace {

using Kind = ProxyAnswer::Kind;

constexpr long kConnectSeconds = 10;
constexpr long kStandstillSeconds = 15;  // fewer than kLeastBytes a second for so long
constexpr long kLeastBytes = 256;
constexpr std::size_t kMaxSaid = 500;  // of an error page
constexpr int kMaxRedirects = 3;
constexpr std::uint64_t kFewBytes = std::uint64_t{64} << 10;
constexpr std::size_t kCopiedAtOnce = std::size_t{1} << 20;
constexpr std::string_view kFileScheme = "file://";

using Curl = std::unique_ptr<CURL, decltype(::curl_easy_cleanup)*>;

// What one transfer writes into.
struct Transfer {
  int file = -1;
  std::uint64_t most = 0;
  std::uint64_t bytes = 0;
  bool too_large = false;
  int write_failure = 0;
  const std::atomic<bool>* abort = nullptr;
};

std::size_t take_bytes(char* data, std::size_t, std::size_t size, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  transfer->bytes += size;
  transfer->too_large = transfer->bytes > transfer->most;
  if (transfer->too_large) return 0;
  const auto written = write_all(transfer->file, {data, size});
  if (!written) transfer->write_failure = written.error().errno_value;
  return written ? size : 0;
}

int look_at_abort(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Transfer*>(user)->abort->load() ? 1 : 0;
}

ProxyAnswer answer(Kind kind, std::string text, int status = 0) {
  ProxyAnswer result;
  result.kind = kind;
  result.status = status;
  result.text = std::move(text);
  return result;
}

// A file without a name: nothing is left of it, whatever happens to us.
Result<UniqueFd> nameless_file(const std::string& directory) {
  return open_at(AT_FDCWD, directory, O_TMPFILE | O_RDWR, 0600);
}

std::string host_of(const CurlLibrary& library, const std::string& url) {
  const std::unique_ptr<CURLU, decltype(::curl_url_cleanup)*> parsed(library.url(),
                                                                     library.url_cleanup);
  if (!parsed || library.url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK)
    return "";
  std::string result;
  for (const CURLUPart part : {CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_PORT}) {
    char* text = nullptr;
    if (library.url_get(parsed.get(), part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return "";
    result += text;
    result += ' ';
    library.free(text);
  }
  return result;
}

std::string first_bytes(int file) {
  std::string text(kMaxSaid, '\0');
  const ssize_t size = ::pread(file, text.data(), text.size(), 0);
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  for (char& byte : text) {
    if (static_cast<unsigned char>(byte) < 32 && byte != '\n') byte = ' ';
  }
  while (text.ends_with('\n') || text.ends_with(' ')) text.pop_back();
  return text;
}

void prepare(const CurlLibrary& library, CURL* curl, const std::string& url, Transfer& transfer) {
  const auto set = [&](CURLoption option, auto value) { library.easy_setopt(curl, option, value); };
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_OPTIONAL));
  set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  set(CURLOPT_LOW_SPEED_LIMIT, kLeastBytes);
  set(CURLOPT_LOW_SPEED_TIME, kStandstillSeconds);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_USERAGENT, "gobox");
  set(CURLOPT_WRITEFUNCTION, take_bytes);
  set(CURLOPT_WRITEDATA, &transfer);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, look_at_abort);
  set(CURLOPT_XFERINFODATA, &transfer);
  // As Go's own: where certificates come from can be said by environment.
  if (const char* file = ::getenv("SSL_CERT_FILE")) set(CURLOPT_CAINFO, file);
}

Kind kind_of_status(long status) {
  if (status == 404 || status == 410) return Kind::kNotFound;
  if (status == 408 || status == 429 || status >= 500) return Kind::kUnreachable;
  return status == 200 ? Kind::kFound : Kind::kRefused;
}

}  // namespace

std::string ProxyAddress::shown() const {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string::npos) return url;
  const std::size_t begin = scheme + 3;
  const std::size_t at = url.find('@', begin);
  return at == std::string::npos || at > url.find('/', begin)
             ? url
             : url.substr(0, begin) + url.substr(at + 1);
}

Result<std::vector<ProxyAddress>> parse_proxies(std::string_view list) {
  std::vector<ProxyAddress> proxies;
  while (!list.empty()) {
    const std::size_t end = list.find_first_of(",|");
    ProxyAddress proxy;
    proxy.url = std::string(list.substr(0, end));
    proxy.any_failure_goes_on = end != std::string_view::npos && list[end] == '|';
    list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
    while (proxy.url.ends_with('/') && proxy.url != "file:///") proxy.url.pop_back();
    if (proxy.url.empty()) continue;
    if (proxy.url == "off" || proxy.url == "direct") break;
    const bool is_file = proxy.url.starts_with("file:///");
    if (!is_file && !proxy.url.starts_with("http://") && !proxy.url.starts_with("https://")) {
      return Error::caller("\"" + proxy.shown() +
                           "\" is no module proxy: give http://, https:// or file:/// addresses");
    }
    if (!is_file && host_of(*TRY(curl_library()), proxy.url).empty()) {
      return Error::caller("\"" + proxy.shown() + "\" is no address");
    }
    proxies.push_back(std::move(proxy));
  }
  return proxies;
}

ProxySource::ProxySource(std::vector<ProxyAddress> proxies, std::string scratch)
    : proxies_(std::move(proxies)), scratch_(std::move(scratch)) {}

ProxyAnswer ProxySource::ask(const ProxyRequest& request, const std::atomic<bool>& abort) const {
  ProxyAnswer last = answer(Kind::kNotFound, "there is no module proxy to ask");
  std::vector<const ProxyAddress*> order;
  for (const ProxyAddress& proxy : proxies_) order.push_back(&proxy);
  std::stable_partition(order.begin(), order.end(), [&](const ProxyAddress* proxy) {
    return proxy->is_cache == request.is_fixed();
  });
  for (std::size_t i = 0; i < order.size() && !abort.load(); ++i) {
    ProxyAnswer next = ask_one(*order[i], request, abort);
    // A cache that has not got it says nothing about whether it exists.
    if (i == 0 || !order[i]->is_cache || next.kind == Kind::kFound) last = std::move(next);
    if (last.kind == Kind::kFound || last.kind == Kind::kFailed) break;
    const bool cache_follows = i + 1 < order.size() && order[i + 1]->is_cache;
    const bool goes_on = last.kind == Kind::kNotFound || order[i]->is_cache || cache_follows ||
                         order[i]->any_failure_goes_on;
    if (!goes_on) break;
  }
  // A module graph has hundreds of small files: better in memory than a descriptor each.
  if (last.kind == Kind::kFound && last.bytes <= kFewBytes) {
    if (::lseek(last.file.get(), 0, SEEK_SET) != 0) {
      return answer(Kind::kFailed, Error::system("rewind " + request.path).message);
    }
    auto text = read_fd(last.file.get(), kFewBytes);
    if (!text) return answer(Kind::kFailed, text.error().message);
    last.text = std::move(*text);
    last.file.reset();
  }
  return last;
}

ProxyAnswer ProxySource::ask_one(const ProxyAddress& proxy, const ProxyRequest& request,
                                 const std::atomic<bool>& abort) const {
  return proxy.url.starts_with(kFileScheme) ? read_file_proxy(proxy, request)
                                            : get(proxy, request, abort);
}

// Beneath the directory named, and no further: a link in it leads nowhere.
ProxyAnswer ProxySource::read_file_proxy(const ProxyAddress& proxy,
                                         const ProxyRequest& request) const {
  const std::string root = proxy.url.substr(kFileScheme.size());
  const auto directory = open_at(AT_FDCWD, root, O_PATH | O_DIRECTORY);
  if (!directory) {
    return answer(Kind::kUnreachable,
                  proxy.shown() + " cannot be opened: " + directory.error().message);
  }
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  UniqueFd file(static_cast<int>(
      ::syscall(SYS_openat2, directory->get(), request.path.c_str(), &how, sizeof how)));
  if (!file && (errno == ENOENT || errno == ENOTDIR)) {
    return answer(Kind::kNotFound, "there is no " + request.path + " in " + proxy.shown(), 404);
  }

  struct stat status {};

  if (!file || ::fstat(file.get(), &status) != 0) {
    return answer(Kind::kUnreachable, Error::system("read " + request.path).message);
  }
  if (!S_ISREG(status.st_mode) ||
      static_cast<std::uint64_t>(status.st_size) > request.most_bytes()) {
    return answer(Kind::kRefused,
                  request.path + " of " + proxy.shown() + " is too large, or no regular file");
  }
  // A copy: what was hashed must not change under us.
  auto copy = nameless_file(scratch_);
  if (!copy) return answer(Kind::kFailed, copy.error().message);
  ProxyAnswer found = answer(Kind::kFound, "", 200);
  while (found.bytes <= request.most_bytes()) {
    const ssize_t copied = ::sendfile(copy->get(), file.get(), nullptr, kCopiedAtOnce);
    if (copied < 0) return answer(Kind::kFailed, Error::system("copy " + request.path).message);
    if (copied == 0) break;
    found.bytes += static_cast<std::uint64_t>(copied);
  }
  if (found.bytes > request.most_bytes()) {  // it grew meanwhile
    return answer(Kind::kRefused, request.path + " of " + proxy.shown() + " is too large");
  }
  found.file = std::move(*copy);
  return found;
}

ProxyAnswer ProxySource::get(const ProxyAddress& proxy, const ProxyRequest& request,
                             const std::atomic<bool>& abort) const {
  const auto loaded = curl_library();
  if (!loaded) return answer(Kind::kFailed, loaded.error().message);
  const CurlLibrary& library = **loaded;
  std::string url = proxy.url + "/" + request.path;
  const std::string home = host_of(library, url);
  for (int redirects = 0;; ++redirects) {
    auto file = nameless_file(scratch_);
    if (!file) return answer(Kind::kFailed, file.error().message);
    const Curl curl(library.easy_init(), library.easy_cleanup);
    if (!curl) return answer(Kind::kFailed, "libcurl cannot be started");
    Transfer transfer{.file = file->get(), .most = request.most_bytes(), .abort = &abort};
    prepare(library, curl.get(), url, transfer);
    const CURLcode code = library.easy_perform(curl.get());
    if (transfer.too_large) {
      return answer(Kind::kRefused, request.path + " of " + proxy.shown() + " is larger than " +
                                        std::to_string(request.most_bytes() >> 20) + " MiB");
    }
    if (transfer.write_failure != 0) {
      return answer(Kind::kFailed,
                    Error::system("keep " + request.path, transfer.write_failure).message);
    }
    if (code != CURLE_OK) {
      return answer(Kind::kUnreachable, "the module proxy " + proxy.shown() +
                                            " cannot be reached: " + library.easy_strerror(code));
    }
    long status = 0;
    library.easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    const char* next = nullptr;
    library.easy_getinfo(curl.get(), CURLINFO_REDIRECT_URL, &next);
    if (status >= 300 && status < 400 && next != nullptr) {
      url = next;
      if (host_of(library, url) == home && redirects < kMaxRedirects) continue;
      return answer(
          Kind::kRefused,
          "the module proxy " + proxy.shown() + " sends us elsewhere, which is not followed",
          static_cast<int>(status));
    }
    ProxyAnswer result = answer(kind_of_status(status), "", static_cast<int>(status));
    result.bytes = transfer.bytes;
    if (result.kind == Kind::kFound) {
      result.file = std::move(*file);
    } else {
      result.text = first_bytes(file->get());
      if (result.kind == Kind::kUnreachable) {
        result.text = "the module proxy " + proxy.shown() + " answers " + std::to_string(status) +
                      (result.text.empty() ? "" : ": " + result.text);
      }
    }
    return result;
  }
}

}  // namespace gobox::runner
