// SPDX-License-Identifier: Apache-2.0

#include "runner/modules/curl_library.h"

#include "base/shared_library.h"

namespace gobox::runner {
namespace {

struct Loaded {
  SharedLibrary library{"libcurl.so.4"};
  CurlLibrary functions;

  Loaded() {
    CurlLibrary& all = functions;
    library.find("curl_global_init", all.global_init);
    library.find("curl_easy_init", all.easy_init);
    library.find("curl_easy_cleanup", all.easy_cleanup);
    library.find("curl_easy_setopt", all.easy_setopt);
    library.find("curl_easy_perform", all.easy_perform);
    library.find("curl_easy_getinfo", all.easy_getinfo);
    library.find("curl_easy_strerror", all.easy_strerror);
    library.find("curl_url", all.url);
    library.find("curl_url_cleanup", all.url_cleanup);
    library.find("curl_url_set", all.url_set);
    library.find("curl_url_get", all.url_get);
    library.find("curl_free", all.free);
    library.find("curl_slist_append", all.slist_append);
    library.find("curl_slist_free_all", all.slist_free_all);
    if (library.trouble().empty()) all.global_init(CURL_GLOBAL_DEFAULT);
  }
};

}  // namespace

Result<const CurlLibrary*> curl_library() {
  static const Loaded loaded;
  if (loaded.library.trouble().empty()) return &loaded.functions;
  return Error::host("nothing outside can be asked here: " + loaded.library.trouble());
}

}  // namespace gobox::runner
