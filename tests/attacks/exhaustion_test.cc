// SPDX-License-Identifier: Apache-2.0

// The host has run out of something: process ids in our own control group, room in /tmp and on the
// disk of the prepared caches. A run that needs it ends in an error that says so; one that does not
// is fine; nothing stays behind.
//
// File systems are filled up in a mount namespace of the command's own, so the host's are never
// touched.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

#include "base/file.h"
#include "sandbox/cgroup/cgroup_layout.h"
#include "tests/attacks/driver_process.h"

namespace gobox::attacks {
namespace {

using testing::HasSubstr;

constexpr int kPatience = 120'000;  // milliseconds
const std::string kProgram = std::string(GOBOX_ATTACK_PROGRAMS) + "/driver/true";

bool require_all() {
  const char* value = std::getenv("SANDBOX_TESTS_REQUIRE");
  return value != nullptr && std::string(value) == "all";
}

struct Said {
  std::string text;  // both streams
  int status = -1;
  pid_t pid = -1;
};

Said shell(const std::string& script) {
  Said said;
  auto process = DriverProcess::start({"sh", "-c", "exec 2>&1\n" + script});
  if (!process) {
    said.text = process.error().message;
    return said;
  }
  said.pid = process->pid();
  while (const auto line = process->next_line(kPatience)) said.text += *line + "\n";
  said.status = process->wait(kPatience);
  return said;
}

// Where a group with a limit on processes can be made: below our own in the hierarchy that counts
// them. cgroup v2 hands out no controllers below a group with processes, and ours has some: there
// it is beside our own.
std::string pids_directory() {
  const auto layout = sandbox::read_cgroup_layout();
  if (!layout) return "";
  if (const auto* pids = layout->legacy_of("pids")) return pids->own_directory;
  if (!layout->unified) return "";
  const std::filesystem::path above =
      std::filesystem::path(layout->unified->own_directory).parent_path();
  const auto enabled = read_file(above / "cgroup.subtree_control");
  return enabled && sandbox::has_word(*enabled, "pids") ? above.string() : "";
}

// A group for one driver; removed at the end.
class CrampedGroup {
 public:
  explicit CrampedGroup(const std::string& above)
      : path_(above + "/cramped-" + std::to_string(::getpid())) {
    made_ = !above.empty() && ::mkdir(path_.c_str(), 0755) == 0;
  }

  CrampedGroup(const CrampedGroup&) = delete;
  CrampedGroup& operator=(const CrampedGroup&) = delete;

  ~CrampedGroup() {
    if (!made_) return;
    // On v2 the driver, alone in its group, steps down into a leaf.
    ::rmdir((path_ + "/gobox-supervisor").c_str());
    EXPECT_EQ(::rmdir(path_.c_str()), 0) << path_ << ": " << std::strerror(errno);
  }

  bool made() const { return made_; }

  const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool made_ = false;
};

TEST(Exhaustion, OfProcessIdsInOurOwnGroupIsNamed) {
  // One each for driver, launcher, the warden's thread, PID 1 and program.
  constexpr int kEnough = 5;
  for (int limit = 1; limit <= kEnough; ++limit) {
    SCOPED_TRACE("pids.max " + std::to_string(limit));
    const CrampedGroup group(pids_directory());
    if (!group.made()) {
      if (require_all()) FAIL() << "no group with a limit on processes can be made here";
      GTEST_SKIP() << "needs a hierarchy that counts processes and is ours to write";
    }
    const Said said = shell("echo " + std::to_string(limit) + " > " + group.path() +
                            "/pids.max && echo $$ > " + group.path() + "/cgroup.procs && exec " +
                            GOBOX_ATTACK_DRIVER + " " + kProgram + " 1");
    if (limit < kEnough) {
      EXPECT_THAT(said.text, HasSubstr("error: "));
      EXPECT_THAT(said.text, HasSubstr("Resource temporarily unavailable"));
      EXPECT_NE(said.status, 0);
    } else {
      EXPECT_EQ(said.text, "exit 0\n");
    }
    EXPECT_EQ(left_of(said.pid, 10'000), "");
  }
}

// `script` where /tmp takes no byte and no file more; $full is a directory there. $run is
// sandbox-run, and descriptor 7 a hello: everything of ours by descriptor, for the tree may lie
// below /tmp.
Said shell_with_full_disk(const std::string& script) {
  return shell("exec 9< " GOBOX_SANDBOX_RUN
               "\n"
               "exec 8< " GOBOX_SOURCE_DIR
               "/policies\n"
               "exec 7< " GOBOX_SOURCE_DIR
               "/examples/hello.go\n"
               "export run=/proc/self/fd/9 GOBOX_POLICY_DIR=/proc/self/fd/8\n"
               "exec unshare --mount --propagation private sh -c '\n"
               "mount -t tmpfs -o size=64k,nr_inodes=64 full /tmp || exit 90\n"
               "mkdir /tmp/cache && full=/tmp/cache && export full\n"
               "cat /dev/zero > /tmp/fill 2>/dev/null\n"
               "while mkdir /tmp/cache/$(( n += 1 )) 2>/dev/null; do :; done\n"
               "cd /\n" +
               script + "\n'");
}

TEST(Exhaustion, OfRoomInTmpDoesNotConcernARun) {
  const Said said = shell_with_full_disk("$run - <&7");
  EXPECT_EQ(said.status, 0) << said.text;
  EXPECT_THAT(said.text, HasSubstr("ok"));
}

TEST(Exhaustion, OfRoomForThePreparedCacheIsNamed) {
  const Said said = shell_with_full_disk("GOBOX_CACHE_DIR=$full/new $run - <&7");
  EXPECT_NE(said.status, 0);
  EXPECT_THAT(said.text, HasSubstr("No space left on device"));
}

TEST(Exhaustion, OfRoomForWhatIsCopiedOutIsNamed) {
  const Said said = shell_with_full_disk(
      "$run exec --keep $full/kept -- sh -c \"head -c 300000 /dev/urandom > big\"");
  EXPECT_NE(said.status, 0);
  EXPECT_THAT(said.text, HasSubstr("No space left on device"));
}

}  // namespace
}  // namespace gobox::attacks
