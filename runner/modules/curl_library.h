// SPDX-License-Identifier: Apache-2.0

#pragma once

// What is used of libcurl, loaded when something outside is first asked (SharedLibrary). The
// members are libcurl's functions without their prefix; include from .cc files only.

#include <curl/curl.h>

#include "base/error.h"

namespace gobox::runner {

struct CurlLibrary {
  decltype(::curl_global_init)* global_init = nullptr;
  decltype(::curl_easy_init)* easy_init = nullptr;
  decltype(::curl_easy_cleanup)* easy_cleanup = nullptr;
  decltype(::curl_easy_setopt)* easy_setopt = nullptr;
  decltype(::curl_easy_perform)* easy_perform = nullptr;
  decltype(::curl_easy_getinfo)* easy_getinfo = nullptr;
  decltype(::curl_easy_strerror)* easy_strerror = nullptr;
  decltype(::curl_url)* url = nullptr;
  decltype(::curl_url_cleanup)* url_cleanup = nullptr;
  decltype(::curl_url_set)* url_set = nullptr;
  decltype(::curl_url_get)* url_get = nullptr;
  decltype(::curl_free)* free = nullptr;
  decltype(::curl_slist_append)* slist_append = nullptr;
  decltype(::curl_slist_free_all)* slist_free_all = nullptr;
};

// Initialised. An Error of kind host: this host lacks it.
Result<const CurlLibrary*> curl_library();

}  // namespace gobox::runner
