// SPDX-License-Identifier: Apache-2.0

#pragma once

// Router: which handler answers a method and a path. Patterns are literal segments and at most one
// "{}" that stands for part of one segment: "/v1/runs/{}", "/p/{}.go". Filled once, then read from
// many threads.

#include <functional>
#include <string>
#include <vector>

#include "api/http/exchange.h"

namespace gobox::api {

using Handler = std::function<Response(const Request& request)>;

struct Route {
  std::string method;
  std::string pattern;
  Handler handler;
  bool open = false;          // no token wanted: health, the API's description
  bool cross_origin = false;  // browsers on other sites may call it
  bool visitors = true;       // callers let in without a token may call it
  bool uploads = false;       // takes multipart/form-data as large as an upload: Request::upload
};

struct Match {
  const Route* route = nullptr;  // none: see others
  std::string parameter;
  std::vector<const Route*> others;  // routes of the same path with other methods
};

class Router {
 public:
  void add(Route route) { routes_.push_back(std::move(route)); }

  Match match(const std::string& method, const std::string& path) const;

 private:
  std::vector<Route> routes_;
};

}  // namespace gobox::api
