// SPDX-License-Identifier: Apache-2.0

// How many connections may wait to be accepted: full measure for the few sockets an ordinary
// program listens on, a bound in sum whatever a hostile one does.

#include "sandbox/backlogs.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sstream>

#include "base/unique_fd.h"
#include "sandbox/listening.h"

namespace gobox::sandbox {
namespace {

constexpr std::uint64_t kMemory = std::uint64_t{256} << 20;

struct Host {
  std::set<ino_t> listening;
  int asked = 0;

  Backlogs backlogs(std::uint64_t memory = kMemory) {
    return Backlogs(memory, [this] {
      ++asked;
      return std::optional(listening);
    });
  }
};

TEST(Backlogs, AFewSocketsGetWhatTheyAskFor) {
  Host host;
  Backlogs backlogs = host.backlogs();
  for (ino_t socket = 1; socket <= 3; ++socket) {
    host.listening.insert(socket);
    EXPECT_EQ(backlogs.grant(socket, 128), 128);
  }
  EXPECT_EQ(host.asked, 0) << "nothing is looked up while there is plenty";
  EXPECT_EQ(backlogs.grant(9, 4096), backlogs.grant(9, -1)) << "more than the most is the most";
}

TEST(Backlogs, ManyHaveABoundInSum) {
  Host host;
  Backlogs backlogs = host.backlogs(std::uint64_t{64} << 20);
  int waiting = 0;
  ino_t socket = 0;
  for (;;) {
    host.listening.insert(++socket);
    const auto number = backlogs.grant(socket, 4096);
    if (!number) break;
    EXPECT_GE(*number, 1);
    waiting += *number + 1;
    ASSERT_LT(socket, 1000U);
  }
  EXPECT_LE(waiting, 409) << "a tenth of the limit at 16 KiB each";
  EXPECT_GT(socket, 100U);
}

TEST(Backlogs, WhatIsClosedIsGivenBack) {
  Host host;
  Backlogs backlogs = host.backlogs();
  for (ino_t socket = 1; socket <= 5000; ++socket) {
    host.listening = {socket - 1};
    ASSERT_EQ(backlogs.grant(socket, 128), 128) << socket;
  }
}

TEST(Backlogs, ListeningAgainChangesTheNumber) {
  Host host;
  Backlogs backlogs = host.backlogs();
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(backlogs.grant(7, 128), 128);
  EXPECT_EQ(host.asked, 0);
  EXPECT_EQ(backlogs.grant(7, 0), 0);
}

TEST(Backlogs, WhereNobodyCanTellNothingIsGivenBack) {
  Backlogs backlogs(kMemory, [] { return std::nullopt; });
  ino_t socket = 0;
  while (backlogs.grant(++socket, 128)) ASSERT_LT(socket, 1000U);
  EXPECT_FALSE(backlogs.grant(++socket, 128));
}

TEST(Listening, OfThisProcessToo) {
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));

  struct stat status {};

  ASSERT_EQ(::fstat(socket.get(), &status), 0);
  const auto before = listening_in(::getpid());
  ASSERT_TRUE(before);
  EXPECT_FALSE(before->contains(status.st_ino));
  ASSERT_EQ(::listen(socket.get(), 1), 0);
  const auto after = listening_in(::getpid());
  ASSERT_TRUE(after);
  EXPECT_TRUE(after->contains(status.st_ino));
}

TEST(Listening, ComesFirstInTheTable) {
  std::istringstream table(
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
      "inode\n"
      "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000003 00:00000000 00000000  1000        0 "
      "4527453 1 0000000000000000 100 0 0 10 0\n"
      "   1: 0100007F:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 "
      "4527460 1 0000000000000000 100 0 0 10 0\n"
      "   2: 0100007F:D2F0 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 "
      "4527461 1 0000000000000000 20 4 0 10 -1\n");
  std::set<ino_t> inodes;
  read_listening(table, inodes);
  EXPECT_EQ(inodes, (std::set<ino_t>{4527453, 4527460}));
}

}  // namespace
}  // namespace gobox::sandbox
