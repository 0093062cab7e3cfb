// SPDX-License-Identifier: Apache-2.0

// Several instances on one host leave each other alone, whatever group each was started from.

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sandbox/cgroup/cgroup_layout.h"
#include "sandbox/cgroup/cgroup_tree.h"
#include "sandbox/inside/host_ids.h"

namespace gobox::tests {
namespace {

using sandbox::CgroupTree;

// A process of its own, in the group `folder`, that holds a tree until it is told to go.
class Neighbour {
 public:
  explicit Neighbour(const std::string& folder) {
    int said[2];
    int told[2];
    EXPECT_EQ(::pipe2(said, O_CLOEXEC), 0);
    EXPECT_EQ(::pipe2(told, O_CLOEXEC), 0);
    const UniqueFd hear(said[0]);
    UniqueFd say(said[1]);
    UniqueFd wait(told[0]);
    go_.reset(told[1]);
    pid_ = ::fork();
    if (pid_ == 0) {
      go_.reset();
      hold_tree(folder, std::move(say), wait.get());
    }
    say.reset();
    const auto text = read_fd(hear.get(), 1 << 16);
    EXPECT_TRUE(text.has_value());
    std::string_view rest = text ? std::string_view(*text) : std::string_view();
    while (!rest.empty()) {
      const std::size_t end = rest.find('\n');
      directories_.emplace_back(rest.substr(0, end));
      rest.remove_prefix(end + 1);
    }
  }

  Neighbour(const Neighbour&) = delete;
  Neighbour& operator=(const Neighbour&) = delete;

  ~Neighbour() {
    go_.reset();
    int status = 0;
    EXPECT_EQ(::waitpid(pid_, &status, 0), pid_);
    EXPECT_EQ(status, 0);
  }

  const std::vector<std::string>& directories() const { return directories_; }

 private:
  [[noreturn]] static void hold_tree(const std::string& folder, UniqueFd say, int wait) {
    if (!write_file_at(AT_FDCWD, folder + "/cgroup.procs", "0")) ::_exit(10);
    auto tree = CgroupTree::open(CgroupTree::Degraded::kAllow);
    if (!tree) ::_exit(11);
    std::string text;
    for (const std::string& each : (*tree)->directories()) text += each + "\n";
    if (!write_all(say.get(), text)) ::_exit(12);
    say.reset();
    char nothing = 0;
    while (::read(wait, &nothing, 1) < 0 && errno == EINTR) {
    }
    tree->reset();
    ::_exit(0);
  }

  pid_t pid_ = -1;
  UniqueFd go_;
  std::vector<std::string> directories_;
};

TEST(Neighbours, OneThatBeganInAnotherGroupIsNotSwept) {
  const auto layout = sandbox::read_cgroup_layout();
  ASSERT_TRUE(layout.has_value()) << layout.error().message;
  // Only where limits and birth are in different hierarchies can one have moved without the other.
  const bool hybrid = layout->unified && layout->legacy_of("memory") != nullptr;
  if (!hybrid || ::geteuid() != 0) GTEST_SKIP() << "not a hybrid host, or not root";
  const std::string folder =
      layout->unified->own_directory + "/gobox-test-" + std::to_string(::getpid());
  ASSERT_EQ(::mkdir(folder.c_str(), 0755), 0) << folder;
  {
    const Neighbour neighbour(folder);
    EXPECT_FALSE(neighbour.directories().empty());
    const auto ours = CgroupTree::open(CgroupTree::Degraded::kAllow);
    ASSERT_TRUE(ours.has_value()) << ours.error().message;
    for (const std::string& each : neighbour.directories()) {
      EXPECT_TRUE(std::filesystem::exists(each)) << each << " was swept from under it";
    }
  }
  EXPECT_EQ(::rmdir(folder.c_str()), 0);
}

TEST(HostIds, NoTwoLivingOnesShareAPair) {
  const sandbox::HostIds wide{
      .own = true, .first = 0x70000000, .slots = 0x08000000, .offset = 7, .crowded = false};
  EXPECT_NE(wide.id_for(2), wide.id_for(3));
  EXPECT_NE(wide.id_for(2) + 1, wide.id_for(3)) << "each has two";
  // Few pairs: where the place of a pid is held by a living process, the next one serves.
  const sandbox::HostIds crowded{
      .own = true, .first = 1000, .slots = 2, .offset = 0, .crowded = true};
  const pid_t living = ::getpid();
  const unsigned first = crowded.id_for(living);
  const unsigned second = crowded.id_for(living);
  EXPECT_NE(first, second);
  EXPECT_EQ(crowded.id_for(living), 0U) << "all are held";
}

}  // namespace
}  // namespace gobox::tests
