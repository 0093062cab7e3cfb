// SPDX-License-Identifier: Apache-2.0

#pragma once

// Assets: the page's files, out of this binary or, for who works on the page, out of a directory
// that is read anew each time. All but index.html are kept compressed ("app-1f2e3d4c.js.gz" answers
// to "app-1f2e3d4c.js").
//
// Immutable: thread-safe.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/http/exchange.h"
#include "base/error.h"

namespace gobox::api {

struct EmbeddedFile {
  std::string_view name;
  std::string_view bytes;
};

// Generated; empty where the build left the page out.
std::vector<EmbeddedFile> embedded_files();

struct Asset {
  std::string bytes;
  bool gzipped = false;
  std::string tag;  // for ETag, with its quotes
};

class Assets {
 public:
  // "": what this binary carries.
  static Result<Assets> open(const std::string& directory);

  bool empty() const { return directory_.empty() && embedded_.empty(); }

  // nullopt: there is none of that name.
  std::optional<Asset> find(const std::string& name) const;

 private:
  struct Embedded {
    std::string_view bytes;
    std::string tag;
  };

  std::optional<Asset> load(const std::string& name) const;

  std::string directory_;
  std::map<std::string, Embedded, std::less<>> embedded_;
};

// By the name's ending.
std::string media_type_of(std::string_view name);

// "" where `bytes` are not gzip, or more than `most` bytes come out.
std::string gunzip(std::string_view bytes, std::size_t most);

// Whether the caller takes gzip (RFC 9110, 12.5.3): it says so, and not with q=0.
bool takes_gzip(const Request& request);

// Whether If-None-Match names it.
bool has_already(const Request& request, const std::string& tag);

}  // namespace gobox::api
