// SPDX-License-Identifier: Apache-2.0

#include "api/queue/order.h"

#include <boost/json.hpp>

namespace gobox::api {
namespace {

namespace json = boost::json;

json::array pairs_of(const auto& list) {
  json::array pairs;
  for (const auto& [name, value] : list) pairs.push_back(json::array{name, value});
  return pairs;
}

// Calls `take` with both texts of each pair.
void for_pairs(const Parcel& parcel, const char* name, const auto& take) {
  const json::value* const list = parcel.about.if_contains(name);
  if (list == nullptr || !list->is_array()) return;
  for (const json::value& each : list->get_array()) {
    if (!each.is_array() || each.get_array().size() != 2) continue;
    const json::array& pair = each.get_array();
    if (!pair[0].is_string() || !pair[1].is_string()) continue;
    take(std::string(pair[0].get_string()), std::string(pair[1].get_string()));
  }
}

}  // namespace

json::object to_json(const Order& order) {
  return {{"id", order.run.id},
          {"caller", order.run.caller},
          {"kind", order.run.kind == Queue::Kind::kRun ? "run" : "answer"},
          {"answer_to", order.answer_to},
          {"toolchain", order.toolchain},
          {"cache_scope", order.cache_scope},
          {"policy", order.policy},
          {"path", order.path},
          {"type", order.type},
          {"query", pairs_of(order.query)},
          {"durable", order.durable},
          {"stdin_open", order.stdin_open}};
}

Result<Order> read_order(const Parcel& parcel) {
  Order order;
  order.run.id = parcel.text("id");
  order.run.caller = parcel.text("caller");
  order.run.kind = parcel.text("kind") == "answer" ? Queue::Kind::kAnswer : Queue::Kind::kRun;
  order.answer_to = parcel.text("answer_to");
  order.toolchain = parcel.text("toolchain");
  order.cache_scope = parcel.text("cache_scope");
  order.policy = parcel.text("policy");
  order.path = parcel.text("path");
  order.type = parcel.text("type");
  order.durable = parcel.truth("durable");
  order.stdin_open = parcel.truth("stdin_open");
  for_pairs(parcel, "query", [&](std::string name, std::string value) {
    order.query.emplace(std::move(name), std::move(value));
  });
  if (order.run.id.empty()) return Error::host("an order of the queue has no id");
  return order;
}

json::object about_response(const Response& response) {
  return {{"status", response.status},
          {"type", response.type},
          {"headers", pairs_of(response.headers)}};
}

Response read_response(Parcel parcel) {
  Response response;
  response.status = static_cast<int>(parcel.number("status"));
  response.type = parcel.text("type");
  for_pairs(parcel, "headers", [&](std::string name, std::string value) {
    response.headers.emplace_back(std::move(name), std::move(value));
  });
  response.body = std::move(parcel.bytes);
  return response;
}

}  // namespace gobox::api
