// SPDX-License-Identifier: Apache-2.0

#include "runner/diagnosis/runtime_message.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/diagnosis_golden.h"

namespace gobox::runner {
namespace {

using MessageKind = RuntimeMessageKind;

std::optional<RuntimeMessage> find(std::string_view text) {
  return find_runtime_message(text, work_paths());
}

struct Expected {
  std::string program;
  MessageKind kind;
  std::string line;
  std::string place;
  std::uint64_t amount = 0;
};

const std::vector<Expected>& endings() {
  static const std::vector<Expected> kEndings{
      {"custom", MessageKind::kPanic, "panic: first line", "main.go:30"},
      {"goexit", MessageKind::kPanic, "panic: in goroutine", "main.go:67"},
      {"repanic", MessageKind::kPanic, "panic: again: once", "main.go:63"},
      {"nil", MessageKind::kNilDereference,
       "panic: runtime error: invalid memory address or nil pointer dereference", "main.go:14"},
      {"index", MessageKind::kIndexOutOfRange,
       "panic: runtime error: index out of range [9] with length 2", "main.go:26"},
      {"slice", MessageKind::kIndexOutOfRange,
       "panic: runtime error: slice bounds out of range [9:2]", "main.go:28"},
      {"makeslice", MessageKind::kMakeSlice, "panic: runtime error: makeslice: len out of range",
       "main.go:34"},
      {"deadlock", MessageKind::kDeadlock, "fatal error: all goroutines are asleep - deadlock!",
       "main.go:45"},
      {"maps", MessageKind::kConcurrentMap, "fatal error: concurrent map writes", "main.go:52"},
      {"mapiter", MessageKind::kConcurrentMap,
       "fatal error: concurrent map iteration and map write", "main.go:58"},
      {"overflow", MessageKind::kStackOverflow,
       "runtime: goroutine stack exceeds 1048576-byte limit", "main.go:16", 1048576},
      {"threads", MessageKind::kThreadLimit, "runtime: program exceeds 10-thread limit",
       "main.go:26", 10},
  };
  return kEndings;
}

using RuntimeMessageGolden = EachGoVersion;
INSTANTIATE_TEST_SUITE_P(Go, RuntimeMessageGolden, testing::Values("go1.19", "go1.26"),
                         version_name);

TEST_P(RuntimeMessageGolden, EveryEndingIsNamedWithItsLineAndPlace) {
  for (const Expected& expected : endings()) {
    const auto message = find("some output\n" + text("ending_" + expected.program));
    ASSERT_TRUE(message) << expected.program;
    EXPECT_EQ(name(message->kind), name(expected.kind)) << expected.program;
    EXPECT_EQ(message->line, expected.line);
    ASSERT_TRUE(message->at) << expected.program;
    EXPECT_EQ(message->at->file + ":" + std::to_string(message->at->line), expected.place);
    EXPECT_EQ(message->amount.value_or(0), expected.amount);
  }
}

TEST_P(RuntimeMessageGolden, RefusedMemoryIsNamedWithItsSize) {
  const auto message = find(text("ending_oom"));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->kind, MessageKind::kOutOfMemory);
  EXPECT_EQ(message->amount, 8589934592U);
  EXPECT_EQ(message->at->function, "main.allocate");
}

TEST_P(RuntimeMessageGolden, ASignalledDumpIsNoEnding) {
  EXPECT_FALSE(find(text("dump_blocked")));
  EXPECT_FALSE(find("panic: only logged\n\ngoroutine 1 [running]:\n" + text("dump_blocked")));
}

TEST_P(RuntimeMessageGolden, RacesEndAProgramOnlyWhenNothingElseDid) {
  const auto races = find(text("race"));
  ASSERT_TRUE(races);
  EXPECT_EQ(races->kind, MessageKind::kDataRace);
  EXPECT_EQ(races->amount, GetParam() == "go1.19" ? 3U : 4U);
  EXPECT_EQ(find(text("race") + text("ending_nil"))->kind, MessageKind::kNilDereference);
  EXPECT_EQ(find("ok\nexit status 66\n")->kind, MessageKind::kDataRace);
}

TEST(RuntimeMessage, OtherWordsOfTheRuntimeAreKnown) {
  const std::vector<std::pair<std::string, MessageKind>> cases{
      {"runtime: failed to create new OS thread (have 9 already; errno=11)\n"
       "runtime: may need to increase max user processes (ulimit -u)\nfatal error: newosproc\n",
       MessageKind::kThreadRefused},
      {"runtime/cgo: pthread_create failed: Resource temporarily unavailable\n"
       "SIGABRT: abort\nPC=0x1 m=0 sigcode=18446744073709551610\n",
       MessageKind::kThreadRefused},
      {"fatal error: failed to reserve page summary memory\n", MessageKind::kOutOfMemory},
      {"fatal error: out of memory allocating heap arena metadata\n", MessageKind::kOutOfMemory},
      {"fatal error: runtime: cannot allocate memory\n", MessageKind::kOutOfMemory},
      {"fatal error: runtime: out of memory\n", MessageKind::kOutOfMemory},
      {"fatal error: no goroutines (main called runtime.Goexit) - deadlock!\n",
       MessageKind::kDeadlock},
      {"fatal error: concurrent map read and map write\n", MessageKind::kConcurrentMap},
      {"fatal error: sync: unlock of unlocked mutex\n", MessageKind::kFatalError},
      {"unexpected fault address 0xdead\nfatal error: fault\n[signal SIGSEGV: segmentation\n",
       MessageKind::kSignal},
      {"SIGSEGV: segmentation violation\nPC=0x1 m=0 sigcode=1\n", MessageKind::kSignal},
      {"panic: makechan: size out of range\n", MessageKind::kMakeSlice},
      {"panic: fork/exec /bin/true: cannot allocate memory\n", MessageKind::kCannotAllocate},
      {"error: fork/exec /bin/true: cannot allocate memory\n", MessageKind::kCannotAllocate},
      {"2024/01/01 fork/exec /bin/true: resource temporarily unavailable\n",
       MessageKind::kForkRefused},
  };
  for (const auto& [text, kind] : cases) {
    const auto message = find("output\n" + text);
    ASSERT_TRUE(message) << text;
    EXPECT_EQ(name(message->kind), name(kind)) << text;
  }
  EXPECT_EQ(find(cases[0].first)->amount, 9U);
}

TEST(RuntimeMessage, TheEndingWithATraceBeatsMereWords) {
  const std::string trace = "goroutine 1 [running]:\nmain.main()\n\t/work/main.go:8 +0x1\n\n";
  const auto first = find("panic: real\n\n" + trace + "panic: echo of a log\n");
  EXPECT_EQ(first->line, "panic: real");
  EXPECT_EQ(first->at->line, 8);
  EXPECT_EQ(find("panic: logged\n" + std::string("more\n") + "panic: real\n\n" + trace)->line,
            "panic: real");
  EXPECT_EQ(find("panic: one\n\n" + trace + "fatal error: two\n\n" + trace)->line,
            "fatal error: two");
}

TEST(RuntimeMessage, ThreadsReportsAfterAPanicDoNotHideIt) {
  const auto message = find(
      "panic: real\n\ngoroutine 1 [running]:\nmain.main()\n\t/work/main.go:8 +0x1\n\n-----\n\n"
      "SIGQUIT: quit\nPC=0x1 m=2 sigcode=0\n\ngoroutine 0 [idle]:\n");
  ASSERT_TRUE(message);
  EXPECT_EQ(message->line, "panic: real");
}

TEST(RuntimeMessage, OrdinaryOutputHasNone) {
  EXPECT_FALSE(find(""));
  EXPECT_FALSE(find("don't panic: it is fine\nno fatal error: here\n"));
  EXPECT_FALSE(find("runtime: far away\n\n\n\n\n\n\nend\n"));
  EXPECT_FALSE(find("SIGNAL strength: 5\nSIG: x\n"));
}

TEST(RuntimeMessage, HeadAndTailOfAHugeTextAreRead) {
  const std::string filler = [] {
    std::string out;
    while (out.size() < (5U << 20)) out += "goroutine 1 [chatter\n";
    return out;
  }();
  const std::string panic =
      "panic: here\n\ngoroutine 1 [running]:\nmain.f()\n\t/work/m.go:5 +0x1\n\n";
  EXPECT_EQ(find(filler + panic)->at->line, 5);
  EXPECT_EQ(find(panic + filler)->at->line, 5);
  EXPECT_FALSE(find(filler + panic + filler));
}

TEST(RuntimeMessage, HostileTextIsSurvivedAndMadePrintable) {
  EXPECT_FALSE(find(std::string(3U << 20, '\0')));
  EXPECT_FALSE(find(std::string(3U << 20, '\n')));
  const auto message = find("panic: \x1b[2J\xff" + std::string(1U << 20, 'x'));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->line.size(), kLongestMessage);
  EXPECT_EQ(message->line.substr(0, 12), "panic: ?[2J?");
}

}  // namespace
}  // namespace gobox::runner
