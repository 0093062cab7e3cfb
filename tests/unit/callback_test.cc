// SPDX-License-Identifier: Apache-2.0

// Posting results: where to, with which signature, and in which order.

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>

#include "api/callback/callback_rules.h"
#include "api/callback/callback_signature.h"
#include "api/runs/run_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::api {
namespace {

using ::testing::HasSubstr;
using tests::ScratchDirectory;

std::string why_not(const std::string& list, const std::string& url) {
  const auto rules = CallbackRules::parse(list);
  if (!rules) return rules.error().message;
  const auto target = rules->check(url);
  return target ? "" : target.error().message;
}

TEST(CallbackRules, AllowTheHostsThatAreNamedAndNoOthers) {
  const char* const list = "ci.example.org,Hooks.example.org:8443,10.0.0.5:9000,[::1]:9001";
  EXPECT_EQ(why_not(list, "https://ci.example.org/hook?job=1"), "");
  EXPECT_EQ(why_not(list, "http://CI.example.org./"), "");
  EXPECT_EQ(why_not(list, "https://hooks.example.org:8443"), "");
  EXPECT_EQ(why_not(list, "http://10.0.0.5:9000/"), "");
  EXPECT_EQ(why_not(list, "http://[0::1]:9001/"), "");
  for (const char* url :
       {"https://ci.example.org:8443/", "https://ci.example.org:80/", "https://hooks.example.org/",
        "https://a.ci.example.org/", "https://ci.example.org.evil.net/", "http://10.0.0.6:9000/",
        "http://127.0.0.1/", "http://169.254.169.254/latest/meta-data"}) {
    EXPECT_THAT(why_not(list, url), HasSubstr("does not post to")) << url;
  }
}

TEST(CallbackRules, RefuseWhatIsNoPlainAddress) {
  const char* const list = "ci.example.org,127.0.0.1:80";
  for (const char* url :
       {"", "ci.example.org", "ftp://ci.example.org/", "file:///etc/passwd", "https://",
        "gopher://ci.example.org:80/", "https://ci.example.org/a b", "https://ci.example.org/\n"}) {
    EXPECT_THAT(why_not(list, url), HasSubstr("no http or https address")) << url;
  }
  EXPECT_THAT(why_not(list, "https://ci.example.org@evil.net/"), HasSubstr("neither a user"));
  EXPECT_THAT(why_not(list, "https://me:secret@ci.example.org/"), HasSubstr("neither a user"));
  EXPECT_THAT(why_not(list, "https://ci.example.org/#x"), HasSubstr("fragment"));
  EXPECT_THAT(why_not(list, "https://ci.example.org/" + std::string(2048, 'a')),
              HasSubstr("longer than 2048"));
  EXPECT_THAT(why_not("", "https://ci.example.org/"), HasSubstr("posts no results"));
}

TEST(CallbackRules, NameTheSettingInTheirOwnRefusals) {
  for (const char* list : {"https://ci.example.org", "ci.example.org/x", "ci.example.org:0",
                           "ci.example.org:65536", "*.example.org", ":80"}) {
    EXPECT_THAT(why_not(list, ""), HasSubstr("--allow-callbacks")) << list;
  }
}

bool may_be(const std::string& host, const std::string& address) {
  sockaddr_storage storage{};
  sockaddr_in four{};
  sockaddr_in6 six{};
  if (::inet_pton(AF_INET, address.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    std::memcpy(&storage, &four, sizeof four);
  } else if (::inet_pton(AF_INET6, address.c_str(), &six.sin6_addr) == 1) {
    six.sin6_family = AF_INET6;
    std::memcpy(&storage, &six, sizeof six);
  }
  return may_be_at(host, reinterpret_cast<const sockaddr&>(storage));
}

TEST(CallbackAddress, IsNotThisMachineNorItsLinkBehindAName) {
  for (const char* address :
       {"192.0.2.1", "10.1.2.3", "192.168.0.9", "2001:db8::1", "fd12::1", "::ffff:192.0.2.1"}) {
    EXPECT_TRUE(may_be("ci.example.org", address)) << address;
  }
  for (const char* address :
       {"127.0.0.1", "127.1.2.3", "0.0.0.0", "169.254.169.254", "224.0.0.1", "255.255.255.255",
        "::", "::1", "fe80::1", "febf::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
        "64:ff9b::169.254.169.254", "64:ff9b::127.0.0.1"}) {
    EXPECT_FALSE(may_be("ci.example.org", address)) << address;
  }
}

TEST(CallbackAddress, IsTheOneThatWasNamed) {
  EXPECT_TRUE(may_be("127.0.0.1", "127.0.0.1"));
  EXPECT_TRUE(may_be("::1", "::1"));
  EXPECT_FALSE(may_be("127.0.0.1", "127.0.0.2"));
  EXPECT_TRUE(may_be("localhost", "127.0.0.1"));
  EXPECT_TRUE(may_be("localhost", "::1"));
  EXPECT_FALSE(may_be("localhost", "192.0.2.1"));
}

// RFC 4231, test cases 1, 2 and 6.
TEST(CallbackSignature, IsTheStandardsHmac) {
  EXPECT_EQ(hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex(hmac_sha256(std::string(131, '\xaa'),
                            "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

// The example of the specification of Standard Webhooks.
TEST(CallbackSignature, IsWhatReceiversLibrariesExpect) {
  const ScratchDirectory scratch;
  scratch.write("key", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
  const auto key = load_callback_key(scratch / "key", MissingKey::kIsAnError);
  ASSERT_TRUE(key.has_value()) << key.error().message;
  EXPECT_EQ(callback_signature(*key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330",
                               "{\"test\": 2432232314}"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(CallbackSignature, MakesAKeyForItsOwnerAloneAndRefusesAShortOne) {
  const ScratchDirectory scratch;
  EXPECT_FALSE(load_callback_key(scratch / "key", MissingKey::kIsAnError).has_value());
  const auto made = load_callback_key(scratch / "key", MissingKey::kIsMade);
  ASSERT_TRUE(made.has_value()) << made.error().message;
  EXPECT_EQ(made->size(), 32U);
  EXPECT_EQ(*load_callback_key(scratch / "key", MissingKey::kIsMade), *made);
  const auto mode = std::filesystem::status(scratch / "key").permissions();
  EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  scratch.write("short", "secret\n");
  scratch.write("broken", "whsec_!!!!\n");
  EXPECT_THAT(load_callback_key(scratch / "short", MissingKey::kIsMade).error().message,
              HasSubstr("fewer than 16 bytes"));
  EXPECT_THAT(load_callback_key(scratch / "broken", MissingKey::kIsMade).error().message,
              HasSubstr("base64"));
}

class CallbackStore : public ::testing::Test {
 protected:
  CallbackStore() { open(); }

  void open() {
    store_.reset();
    RunStore::Settings settings;
    settings.directory = scratch_ / "data";
    auto opened = RunStore::open(settings);
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    store_ = std::move(*opened);
  }

  void accept(const std::string& id, const std::string& caller) {
    ASSERT_TRUE(store_->accept({id, caller, "{}", 0, {}, "http://a/" + id}).has_value());
  }

  void finish(const std::string& id, const std::string& caller) {
    ASSERT_TRUE(store_->finish({id, caller, "{\"id\":1}", "", 0, ""}).has_value());
  }

  std::vector<std::string> next() {
    std::vector<std::string> ids;
    const auto letters = store_->next_letters();
    for (const Outbox::Letter& each : *letters) ids.push_back(each.id);
    return ids;
  }

  ScratchDirectory scratch_;
  std::unique_ptr<RunStore> store_;
};

TEST_F(CallbackStore, OffersEachCallersNextOneOnceItsRunHasEnded) {
  accept("a1", "alice");
  accept("a2", "alice");
  accept("b1", "bob");
  EXPECT_THAT(next(), ::testing::IsEmpty());
  EXPECT_EQ(*store_->callbacks_waiting("alice"), 2U);
  finish("a2", "alice");
  finish("b1", "bob");
  EXPECT_THAT(next(), ::testing::ElementsAre("a2", "b1"));
  auto letter = store_->next_letters()->front();
  EXPECT_EQ(**store_->body_of(letter), "{\"id\":1}");
  letter.state.due_ms += 100'000'000;  // a1 shall be before it
  letter.state.attempts = 1;
  letter.state.status = 503;
  letter.state.message = "busy";
  ASSERT_TRUE(store_->note(letter).has_value());
  finish("a1", "alice");
  EXPECT_THAT(next(), ::testing::ElementsAre("a1", "b1"));
  const auto state = store_->callback_of("a2", "alice");
  ASSERT_TRUE(state.has_value() && state->has_value());
  EXPECT_EQ((*state)->attempts, 1U);
  EXPECT_EQ((*state)->status, 503);
  EXPECT_EQ((*state)->message, "busy");
  EXPECT_FALSE(store_->callback_of("a2", "bob")->has_value());
}

TEST_F(CallbackStore, OutlivesTheServerAndEndsWithTheRun) {
  accept("a", "alice");
  finish("a", "alice");
  accept("gone", "alice");
  ASSERT_TRUE(store_->withdraw("gone").has_value());
  open();
  EXPECT_THAT(next(), ::testing::ElementsAre("a"));
  EXPECT_EQ(*store_->callbacks_waiting(), 1U);
  auto letter = store_->next_letters()->front();
  letter.state.kind = CallbackState::Kind::kDelivered;
  ASSERT_TRUE(store_->note(letter).has_value());
  EXPECT_THAT(next(), ::testing::IsEmpty());
  EXPECT_EQ(*store_->callbacks_waiting("alice"), 0U);
}

}  // namespace
}  // namespace gobox::api
