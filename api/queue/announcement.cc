// SPDX-License-Identifier: Apache-2.0

#include "api/queue/announcement.h"

#include <algorithm>
#include <boost/json.hpp>

#include "api/queue/parcel.h"

namespace gobox::api {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostOffers = 100;

Backend::Offer read_offer(const json::object& object) {
  const Parcel fields{object, ""};
  Backend::Offer offer;
  offer.toolchain.name = fields.text("name");
  offer.toolchain.goroot = fields.text("goroot");
  offer.toolchain.minor = static_cast<int>(fields.number("minor"));
  offer.toolchain.has_race_runtime = fields.truth("race");
  offer.prepared = fields.truth("prepared");
  return offer;
}

}  // namespace

bool Announcement::can(const Need& need) const {
  if (!takes_runs() || need.memory_bytes() > memory_budget) return false;
  if (need.modules && !modules) return false;
  if (need.playground && (playground_policy != need.policy || fake_clock != need.fake_clock)) {
    return false;
  }
  if (std::find(policies.begin(), policies.end(), need.policy) == policies.end()) return false;
  return std::any_of(offers.begin(), offers.end(), [&](const Backend::Offer& offer) {
    return offer.toolchain.name == need.toolchain &&
           (!need.race || offer.toolchain.has_race_runtime);
  });
}

json::object to_json(const Announcement& from) {
  json::array toolchains;
  for (const Backend::Offer& offer : from.offers) {
    toolchains.push_back({{"name", offer.toolchain.name},
                          {"goroot", offer.toolchain.goroot.string()},
                          {"minor", offer.toolchain.minor},
                          {"race", offer.toolchain.has_race_runtime},
                          {"prepared", offer.prepared}});
  }
  return {{"name", from.name},
          {"version", from.version},
          {"architecture", from.architecture},
          {"toolchains", std::move(toolchains)},
          {"policies", json::array(from.policies.begin(), from.policies.end())},
          {"playground_policy", from.playground_policy},
          {"fake_clock", from.fake_clock},
          {"modules", from.modules},
          {"ready", from.ready},
          {"draining", from.draining},
          {"slots", from.slots},
          {"running", from.running},
          {"memory_budget_bytes", from.memory_budget},
          {"memory_free_bytes", from.memory_free}};
}

Result<Announcement> read_announcement(std::string_view text) {
  json::error_code failure;
  json::value document = json::parse(text, failure);
  if (failure || !document.is_object()) return Error::host("an announcement is not JSON");
  const Parcel fields{std::move(document.get_object()), ""};
  Announcement to;
  to.name = fields.text("name");
  to.version = fields.text("version");
  to.architecture = fields.text("architecture");
  to.playground_policy = fields.text("playground_policy");
  to.fake_clock = fields.truth("fake_clock");
  to.modules = fields.truth("modules");
  to.ready = fields.truth("ready");
  to.draining = fields.truth("draining");
  to.slots = fields.number("slots");
  to.running = fields.number("running");
  to.memory_budget = fields.number("memory_budget_bytes");
  to.memory_free = fields.number("memory_free_bytes");
  const json::value* const toolchains = fields.about.if_contains("toolchains");
  const json::value* const policies = fields.about.if_contains("policies");
  if (to.name.empty() || toolchains == nullptr || !toolchains->is_array() ||
      toolchains->get_array().size() > kMostOffers || policies == nullptr ||
      !policies->is_array()) {
    return Error::host("an announcement is malformed");
  }
  for (const json::value& each : toolchains->get_array()) {
    if (each.is_object()) to.offers.push_back(read_offer(each.get_object()));
  }
  for (const json::value& each : policies->get_array()) {
    if (each.is_string()) to.policies.emplace_back(each.get_string());
  }
  return to;
}

}  // namespace gobox::api
