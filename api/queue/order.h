// SPDX-License-Identifier: Apache-2.0

#pragma once

// Order: what a front end puts into the queue and a worker takes out: a run, or a call of the
// playground's with its HTTP request. Plain data; the bytes that belong to it (the body) travel
// beside it in a Parcel.

#include <boost/json/object.hpp>
#include <string>

#include "api/http/exchange.h"
#include "api/queue/parcel.h"
#include "api/queue/queue.h"

namespace gobox::api {

struct Order {
  Queue::Whose run;         // kAnswer: an HTTP call
  std::string answer_to;    // subject on which the front end waits; "" where nobody does
  std::string toolchain;    // by its exact name
  std::string cache_scope;  // whose compiles it may share
  std::string policy;
  std::string path;  // of an HTTP call
  std::string type;  // the Content-Type of its body
  std::multimap<std::string, std::string> query;
  bool durable = false;  // asked for with wait=false: its events are kept
  bool stdin_open = false;
};

boost::json::object to_json(const Order& order);
Result<Order> read_order(const Parcel& parcel);

// An answer's head; its body is the parcel's bytes.
boost::json::object about_response(const Response& response);
Response read_response(Parcel parcel);

}  // namespace gobox::api
