// SPDX-License-Identifier: Apache-2.0

#include "sandbox/seccomp/filter_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "tests/unit/scratch_directory.h"
#include "tests/unit/shipped_seccomp.h"

namespace gobox::sandbox {
namespace {

namespace fs = std::filesystem;
using tests::shipped_seccomp;

bool same(const std::vector<sock_filter>& a, const std::vector<sock_filter>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof a[0]) == 0;
}

class FilterStoreTest : public testing::Test {
 protected:
  std::vector<sock_filter> get(const std::string& stage, Watch watch = Watch::kPolicy) const {
    const auto filter = FilterStore(directory_).filter(shipped_seccomp(stage), watch);
    EXPECT_TRUE(filter.has_value());
    EXPECT_TRUE(filter->policy != nullptr);
    return filter->instructions;
  }

  std::vector<fs::path> files() const {
    std::vector<fs::path> all;
    for (const auto& entry : fs::directory_iterator(directory_)) all.push_back(entry.path());
    return all;
  }

  void append(const fs::path& path) const { std::ofstream(path, std::ios::app) << "more"; }

  tests::ScratchDirectory scratch_;
  std::string directory_ = scratch_ / "filters";
};

TEST_F(FilterStoreTest, GivesWhatTheCompilerGivesFreshAndKept) {
  const auto compiled =
      SeccompFilter::compile(shipped_seccomp("run"), Watch::kPolicy).value().instructions;
  EXPECT_TRUE(same(get("run"), compiled));
  EXPECT_EQ(files().size(), 1U);
  EXPECT_TRUE(same(get("run"), compiled));
  EXPECT_EQ(files().size(), 1U);
}

TEST_F(FilterStoreTest, KeepsDifferentFiltersApart) {
  const auto run = get("run");
  EXPECT_FALSE(same(get("race-run"), run));
  EXPECT_FALSE(same(get("strict-run"), run));
  EXPECT_FALSE(same(get("run", Watch::kExplain), run));
  EXPECT_EQ(files().size(), 4U);
  EXPECT_TRUE(same(get("run"), run));
}

TEST_F(FilterStoreTest, NamesAFilterByWhatItSaysHoweverOftenItIsAsked) {
  policies::Seccomp policy = shipped_seccomp("run");
  const std::string name = filter_key(policy, Watch::kPolicy);
  EXPECT_NE(filter_key(policy, Watch::kExplain), name);
  for (int each = 1; each < 40; ++each) {  // more than are remembered
    policy.rules.front().errno_value = 1000 + each;
    EXPECT_NE(filter_key(policy, Watch::kPolicy), name) << each;
  }
  policy = shipped_seccomp("run");
  EXPECT_EQ(filter_key(policy, Watch::kPolicy), name);
  policy.rules.front().comment = "said otherwise";
  EXPECT_EQ(filter_key(policy, Watch::kPolicy), name);
}

TEST_F(FilterStoreTest, TakesNothingThatIsNotAsItWrote) {
  const auto run = get("run");
  const fs::path kept = files().at(0);
  append(kept);
  EXPECT_TRUE(same(get("run"), run));  // and written anew
  EXPECT_EQ(fs::file_size(kept), run.size() * sizeof run[0] + 32);
  // An allow-all with the right digest, but writable by others: somebody else may have put it
  // there.
  ASSERT_EQ(::chmod(kept.c_str(), 0666), 0);
  const auto before = fs::last_write_time(kept);
  EXPECT_TRUE(same(get("run"), run));
  EXPECT_NE(fs::last_write_time(kept), before);
  fs::remove(kept);
  fs::create_symlink("/dev/zero", kept);
  EXPECT_TRUE(same(get("run"), run));
}

TEST_F(FilterStoreTest, DoesWithoutAFolder) {
  std::ofstream(directory_) << "a file where the folder would be";
  EXPECT_FALSE(get("run").empty());
}

}  // namespace
}  // namespace gobox::sandbox
