// SPDX-License-Identifier: Apache-2.0

// The queue's names, messages and choices, without a NATS server.

#include <boost/json.hpp>

#include "api/queue/announcement.h"
#include "api/queue/followers.h"
#include "api/queue/order.h"
#include "api/queue/roster.h"
#include "api/queue/subjects.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gobox::api {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

Need need_of(const std::string& toolchain, std::uint64_t megabytes = 512) {
  Need need{toolchain, "default"};
  need.megabytes = megabytes;
  return need;
}

Announcement worker_of(const std::string& name, const std::vector<std::string>& toolchains) {
  Announcement worker;
  worker.name = name;
  worker.policies = {"default", "race"};
  worker.playground_policy = "default";
  worker.ready = true;
  worker.slots = 2;
  worker.memory_budget = worker.memory_free = 1ULL << 30;
  for (const std::string& toolchain : toolchains) {
    Backend::Offer offer;
    offer.toolchain.name = toolchain;
    worker.offers.push_back(std::move(offer));
  }
  return worker;
}

void hear(Roster& roster, const Announcement& worker) {
  roster.hear(boost::json::serialize(to_json(worker)));
}

TEST(QueueSubjects, ATokenIsAnyTextAndHasNoMeaningToNats) {
  const std::string odd = "visitor:192.0.2.1 *>\xff_\n";
  const std::string token = token_of(odd);
  EXPECT_EQ(token.find_first_of(".*> :\n"), std::string::npos) << token;
  EXPECT_EQ(text_of_token(token), odd);
  EXPECT_EQ(text_of_token(token_of("")), "");
  EXPECT_EQ(token_of("go-1"), "go-1");
  EXPECT_LT(token_of(std::string(1000, 'a')).size(), 64U);
  EXPECT_NE(token_of(std::string(1000, 'a')), token_of(std::string(1000, 'b')));
}

TEST(QueueSubjects, ARunsNeedStandsInItsSubject) {
  const auto subjects = Subjects::make("q");
  ASSERT_TRUE(subjects.has_value());
  Need need = need_of("go1.26.8", 1024);
  need.race = need.modules = true;
  const std::string subject = subjects->runs(need, "alice");
  const auto read = subjects->need_of(subject);
  ASSERT_TRUE(read.has_value()) << subject;
  EXPECT_EQ(read->toolchain, "go1.26.8");
  EXPECT_EQ(read->policy, "default");
  EXPECT_TRUE(read->race && read->modules && !read->playground && !read->fake_clock);
  EXPECT_EQ(read->megabytes, 1024U);
  EXPECT_EQ(Subjects::caller_token(subject), "alice");
  EXPECT_FALSE(subjects->need_of("q.runs.a.b.-.x.alice").has_value());
  EXPECT_FALSE(subjects->need_of("other.runs.a.b.-.1.alice").has_value());
}

TEST(QueueSubjects, APrefixIsOneToken) {
  for (const char* bad : {"", "a.b", "a b", "*", ">"}) {
    EXPECT_FALSE(Subjects::make(bad).has_value()) << bad;
  }
  EXPECT_EQ(Subjects::make("my-queue")->stream("RUNS"), "MY-QUEUE_RUNS");
}

TEST(QueueRoster, AJobGoesOnlyWhereItCanRun) {
  Roster roster;
  hear(roster, worker_of("old", {"go1.19.8"}));
  hear(roster, worker_of("new", {"go1.26.8"}));
  EXPECT_THAT(roster.choose(need_of("go1.26.8"), 1, 3), ElementsAre("new"));
  EXPECT_TRUE(roster.anybody_can(need_of("go1.19.8")));
  EXPECT_FALSE(roster.anybody_can(need_of("go1.20")));
  EXPECT_FALSE(roster.anybody_can(need_of("go1.26.8", 4096))) << "more than any worker's memory";
  Need modules = need_of("go1.26.8");
  modules.modules = true;
  EXPECT_FALSE(roster.anybody_can(modules));
  Announcement draining = worker_of("new", {"go1.26.8"});
  draining.draining = true;
  hear(roster, draining);
  EXPECT_FALSE(roster.anybody_can(need_of("go1.26.8")));
}

TEST(QueueRoster, TheSameSourceGoesToTheSameWorkerUnlessItIsFull) {
  Roster roster;
  for (const char* name : {"a", "b", "c"}) hear(roster, worker_of(name, {"go1.26.8"}));
  const auto first = roster.choose(need_of("go1.26.8"), 42, 1);
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_EQ(roster.choose(need_of("go1.26.8"), 42, 1), first);
  Announcement full = worker_of(first.front(), {"go1.26.8"});
  full.running = full.slots;
  hear(roster, full);
  EXPECT_NE(roster.choose(need_of("go1.26.8"), 42, 1), first);
}

TEST(QueueRoster, TheDefaultToolchainIsTheNewestOfTheDefaults) {
  Roster roster;
  hear(roster, worker_of("a", {"go1.9.7", "go1.27.1"}));
  hear(roster, worker_of("b", {"go1.10.3"}));
  std::vector<std::string> names;
  for (const Backend::Offer& offer : roster.offers()) names.push_back(offer.toolchain.name);
  EXPECT_THAT(names, ElementsAre("go1.10.3", "go1.27.1", "go1.9.7"));
}

TEST(QueueMessages, EventsKeepTheirNumbers) {
  const std::vector<RunEvent> events{{7, "stdout", "{\"a\":1}"}, {8, "stage", "{}"}};
  const auto read = unpack_events(pack_events(events));
  ASSERT_THAT(read, SizeIs(2));
  EXPECT_EQ(read[0].id, 7U);
  EXPECT_EQ(read[1].id, 8U);
  EXPECT_EQ(read[0].data, "{\"a\":1}");
  EXPECT_TRUE(unpack_events("").empty());
  EXPECT_TRUE(unpack_events("x\nstage {}\n").empty());
}

TEST(QueueMessages, AnOrderIsReadAsItWasWritten) {
  Order order;
  order.run = {"alice", "abc", Queue::Kind::kAnswer};
  order.path = "/compile";
  order.query.emplace("backend", "x");
  order.durable = true;
  const auto read = read_order(Parcel{to_json(order), ""});
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->run.id, "abc");
  EXPECT_EQ(read->run.kind, Queue::Kind::kAnswer);
  EXPECT_EQ(read->path, "/compile");
  EXPECT_EQ(read->query, order.query);
  EXPECT_TRUE(read->durable);
  EXPECT_FALSE(read_order(Parcel{}).has_value());
  EXPECT_FALSE(look_at("no line end").has_value());
  EXPECT_FALSE(look_at("[]\n").has_value());
}

TEST(QueueMessages, ADeliveryIsReadFromItsReplySubject) {
  WireMessage message;
  message.subject = "gobox.runs.a";
  message.reply = "$JS.ACK.GOBOX_RUNS.c.2.17.5.1795879064558156510.3";
  const auto delivery = read_delivery(message);
  ASSERT_TRUE(delivery.has_value());
  EXPECT_EQ(delivery->deliveries, 2U);
  EXPECT_EQ(delivery->sequence, 17U);
  EXPECT_EQ(delivery->time_ns, 1795879064558156510);
  EXPECT_EQ(delivery->pending, 3U);
  message.reply = "$JS.ACK.domain.account.GOBOX_RUNS.c.1.18.6.5.0.token";
  EXPECT_EQ(read_delivery(message)->sequence, 18U);
  message.reply = "_INBOX.x";
  EXPECT_FALSE(read_delivery(message).has_value());
}

}  // namespace
}  // namespace gobox::api
