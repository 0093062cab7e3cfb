// SPDX-License-Identifier: Apache-2.0

#pragma once

// ProxySource: the module proxies outside, asked one after another as GOPROXY has it. Only http,
// https and file addresses; a redirect is followed only to the same host and port. Every answer is
// bounded in size and in the time it may stand still. Credentials in an address, and ~/.netrc, are
// used and never shown.
//
// Thread-safe; each call has a connection of its own. Facts: `go help goproxy`.

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "runner/modules/proxy_request.h"

namespace gobox::runner {

struct ProxyAddress {
  std::string url;                   // without a slash at its end
  bool any_failure_goes_on = false;  // "|" stood behind it: not only "not found" asks the next
  // The download part of somebody's module cache: asked first for what never changes, and for
  // versions last, because it knows only those it has.
  bool is_cache = false;

  std::string shown() const;  // without user and password
};

// GOPROXY's list. "off" and "direct" end it: what they say is no proxy's to do.
Result<std::vector<ProxyAddress>> parse_proxies(std::string_view list);

// What came of one question.
struct ProxyAnswer {
  enum class Kind {
    kFound,
    kNotFound,     // 404, 410: the proxy knows no such thing
    kRefused,      // another 4xx, a redirect elsewhere, too large
    kUnreachable,  // no answer, an answer that broke off, 5xx, 429
    kDenied,       // our own lists
    kFailed,       // our own disk
  };

  Kind kind = Kind::kUnreachable;
  int status = 0;  // HTTP's; 0 where there was none
  UniqueFd file;   // kFound: the bytes, in a file without a name, where they are many
  std::uint64_t bytes = 0;
  std::string text;  // kFound: the bytes, where they are few; else a sentence for people
};

class ProxySource {
 public:
  // `scratch`: a directory for files without names.
  ProxySource(std::vector<ProxyAddress> proxies, std::string scratch);

  // Blocks; `abort` ends it early.
  ProxyAnswer ask(const ProxyRequest& request, const std::atomic<bool>& abort) const;

  const std::vector<ProxyAddress>& proxies() const { return proxies_; }

 private:
  ProxyAnswer ask_one(const ProxyAddress& proxy, const ProxyRequest& request,
                      const std::atomic<bool>& abort) const;
  ProxyAnswer read_file_proxy(const ProxyAddress& proxy, const ProxyRequest& request) const;
  ProxyAnswer get(const ProxyAddress& proxy, const ProxyRequest& request,
                  const std::atomic<bool>& abort) const;

  const std::vector<ProxyAddress> proxies_;
  const std::string scratch_;
};

}  // namespace gobox::runner
