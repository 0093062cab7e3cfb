// SPDX-License-Identifier: Apache-2.0

// sandbox-run as an ordinary user: refused where no control group is delegated, degraded where that
// is asked for, and complete below a delegated one.

#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <set>

#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sandbox/cgroup/cgroup_layout.h"
#include "tests/e2e/sandbox_run.h"
#include "tests/support/host_state.h"
#include "tests/support/requirement.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::tests {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr uid_t kUser = 65501;

// The command where that user can read it: the build may lie in a home directory.
class PublicCopy {
 public:
  PublicCopy() {
    fs::permissions(scratch_.path(),
                    fs::perms::owner_all | fs::perms::others_exec | fs::perms::others_read);
    fs::create_directories(scratch_.path() / "share/gobox");
    fs::create_directories(scratch_.path() / "bin");
    fs::create_directories(scratch_.path() / "home");
    fs::copy(source_path("policies"), scratch_.path() / "share/gobox/policies");
    fs::copy_file(GOBOX_SANDBOX_RUN, command());
    EXPECT_EQ(::chown((scratch_ / "home").c_str(), kUser, kUser), 0);
  }

  std::string command() const { return scratch_ / "bin/sandbox-run"; }

  CommandOptions as_user() const {
    CommandOptions options;
    options.environment = {"HOME=" + scratch_ / "home", "TMPDIR=" + scratch_ / "home"};
    options.directory = "/";
    options.user = kUser;
    return options;
  }

 private:
  ScratchDirectory scratch_;
};

Words words_of(const std::string& command, Words rest) {
  rest.insert(rest.begin(), command);
  return rest;
}

TEST(OrdinaryUser, WithoutADelegatedGroupIsRefusedWithTheRightAndTheCommand) {
  GOBOX_REQUIRE(::geteuid() == 0, "root, to become another user");
  const PublicCopy copy;
  const CommandResult ran =
      run_command(words_of(copy.command(), {"exec", "--", "/bin/true"}), copy.as_user());
  EXPECT_EQ(ran.status, 125);
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, HasSubstr("limit"));
  EXPECT_THAT(ran.err, HasSubstr("systemd-run --user --scope -p Delegate=yes"));
  EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
  const CommandResult check = run_command({copy.command(), "check"}, copy.as_user());
  EXPECT_EQ(check.status, 125);
  EXPECT_THAT(check.out, HasSubstr("NO "));
  EXPECT_THAT(check.out, HasSubstr("systemd-run"));
}

TEST(OrdinaryUser, DegradedTheResultSaysWhatIsNotEnforced) {
  GOBOX_REQUIRE(::geteuid() == 0, "root, to become another user");
  const PublicCopy copy;
  const CommandResult ran = run_command(
      words_of(copy.command(),
               {"exec", "--allow-degraded", "--json", "--", "/bin/sh", "-c", "echo inside; id -u"}),
      copy.as_user());
  EXPECT_EQ(ran.status, 0) << ran.err << ran.out;
  std::error_code failure;
  const auto result = boost::json::parse(ran.out, failure);
  ASSERT_FALSE(failure) << ran.out << ran.err;
  EXPECT_EQ(text_of(result.as_object(), "outcome"), "ok");
  const auto& isolation = result.as_object().at("isolation").as_object();
  EXPECT_THAT(text_of(isolation, "not_enforced"), HasSubstr("memory"));
}

// Groups in every hierarchy that counts, given to the user. Removed with the object. Each run needs
// its own, as systemd-run makes one for each command: once a run has handed out controllers, cgroup
// v2 lets no process into the group itself.
class Delegation {
 public:
  Delegation() {
    const auto layout = sandbox::read_cgroup_layout();
    EXPECT_TRUE(layout.has_value());
    if (!layout) return;
    for (const char* controller : {"memory", "pids", "cpu", "cpuacct"}) {
      if (const auto* place = layout->legacy_of(controller)) add(place->own_directory);
    }
    if (layout->unified) add(base_of(*layout->unified));
  }

  Delegation(const Delegation&) = delete;
  Delegation& operator=(const Delegation&) = delete;

  ~Delegation() {
    for (const std::string& group : groups_) {
      // A supervisor that stepped down leaves a leaf.
      ::rmdir((group + "/gobox-supervisor").c_str());
      EXPECT_TRUE(eventually([&] { return ::rmdir(group.c_str()) == 0; })) << group;
    }
  }

  // A shell that enters the groups, becomes the user and executes its arguments.
  Words enter(const Words& command) const {
    std::string script;
    for (const std::string& group : groups_) script += "echo $$ > " + group + "/cgroup.procs && ";
    script += "exec setpriv --reuid " + std::to_string(kUser) + " --regid " +
              std::to_string(kUser) + " --clear-groups \"$@\"";
    Words words = {"/bin/sh", "-c", script, "sh"};
    words.insert(words.end(), command.begin(), command.end());
    return words;
  }

 private:
  // Below our own group; below the top where ours holds processes and so hands out no controllers.
  static std::string base_of(const sandbox::HierarchyPlace& place) {
    const auto offered = read_file(place.own_directory + "/cgroup.controllers");
    const auto enabled = read_file(place.own_directory + "/cgroup.subtree_control");
    const bool needed = offered && sandbox::has_word(*offered, "memory");
    const bool given = enabled && sandbox::has_word(*enabled, "memory");
    return needed && !given ? place.mount_point : place.own_directory;
  }

  void add(const std::string& base) {
    const std::string group = base + "/gobox-test-" + std::to_string(::getpid());
    if (::mkdir(group.c_str(), 0755) != 0) {
      EXPECT_EQ(errno, EEXIST) << group;  // v1: two controllers in one hierarchy
      return;
    }
    groups_.push_back(group);
    EXPECT_EQ(::chown(group.c_str(), kUser, kUser), 0);
    for (const char* file : {"cgroup.procs", "cgroup.subtree_control", "cgroup.threads", "tasks"}) {
      static_cast<void>(!::chown((group + "/" + file).c_str(), kUser, kUser));
    }
  }

  std::vector<std::string> groups_;
};

TEST(OrdinaryUser, BelowADelegatedGroupEveryLimitHolds) {
  GOBOX_REQUIRE(::geteuid() == 0, "root, to delegate a group");
  const PublicCopy copy;
  CommandOptions options = copy.as_user();
  options.user.reset();  // setpriv does it, after the groups have been entered
  const auto run = [&](const Words& rest) {
    const Delegation delegation;
    const CommandResult ran =
        run_command(delegation.enter(words_of(copy.command(), rest)), options);
    std::error_code failure;
    const auto result = boost::json::parse(ran.out, failure);
    EXPECT_FALSE(failure) << ran.out << ran.err;
    return failure ? boost::json::object{} : result.as_object();
  };
  const auto fine = run({"exec", "--json", "--", "/bin/sh", "-c", "id -u"});
  EXPECT_EQ(text_of(fine, "outcome"), "ok") << text_of(fine, "message");
  EXPECT_EQ(text_of(fine.at("isolation").as_object(), "not_enforced"), "[]");
  const auto oom = run({"exec", "--json", "--memory", "16M", "--", "/bin/sh", "-c",
                        "head -c 60m /dev/zero | tail -c 60m"});
  EXPECT_EQ(text_of(oom, "outcome"), "oom") << text_of(oom, "message");
  const auto late = run({"exec", "--json", "--run-timeout", "300ms", "--", "/bin/sleep", "1000"});
  EXPECT_EQ(text_of(late, "outcome"), "timeout");
  const auto crowded = run({"exec", "--json", "--pids", "16", "--", "/bin/sh", "-c",
                            "for i in $(seq 40); do sleep 1000 & done; exit 0"});
  EXPECT_EQ(text_of(crowded, "outcome"), "pids_limit") << text_of(crowded, "message");
}

}  // namespace
}  // namespace gobox::tests
