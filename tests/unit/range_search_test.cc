// SPDX-License-Identifier: Apache-2.0

// The shortened filter against the one libseccomp wrote: the same answer for every call, on either
// side of every boundary in it.

#include "sandbox/seccomp/range_search.h"

#include <gtest/gtest.h>
#include <linux/audit.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>

#include "sandbox/seccomp/seccomp_filter.h"
#include "tests/unit/interpret.h"
#include "tests/unit/shipped_seccomp.h"

namespace gobox::sandbox {
namespace {

using Filter = std::vector<sock_filter>;
using tests::interpret;
using tests::shipped_seccomp;

constexpr std::uint32_t kX32 = 0x40000000;

// Each constant of the filter and its neighbours, the last value each masked one stands for and the
// next, and the ends.
std::vector<std::uint32_t> boundaries_of(const Filter& filter) {
  std::set<std::uint32_t> values = {0, 1, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};
  for (std::size_t i = 1; i < filter.size(); ++i) {
    const std::uint32_t k = filter[i].k;
    values.insert({k - 1, k, k + 1});
    const bool masked = filter[i - 1].code == (BPF_ALU | BPF_AND | BPF_K);
    if (masked) values.insert({k | ~filter[i - 1].k, (k | ~filter[i - 1].k) + 1});
  }
  return {values.begin(), values.end()};
}

std::vector<std::uint32_t> numbers() {
  std::vector<std::uint32_t> all = {kX32 - 1, 0xffffffff, 0xfffffffe, 0x80000000};
  for (std::uint32_t number = 0; number < 700; ++number) all.push_back(number);
  for (std::uint32_t number = 0; number < 600; ++number) all.push_back(kX32 + number);
  return all;
}

class Shortened : public testing::TestWithParam<std::string> {
 protected:
  void expect_same(Watch watch) {
    full_ = unshortened_filter(shipped_seccomp(GetParam()), watch).value();
    shorter_ = searched_by_ranges(full_);
    values_ = boundaries_of(full_);
    EXPECT_LT(shorter_.size(), full_.size() / 2);
    for (const std::uint32_t arch : std::initializer_list<std::uint32_t>{
             AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, 0}) {
      for (const std::uint32_t number : numbers()) {
        seccomp_data data{};
        data.arch = arch;
        data.nr = static_cast<int>(number);
        expect_same_of(data);
        if (HasFailure()) return;
      }
    }
  }

 private:
  bool same(const seccomp_data& data, std::set<std::uint32_t>* loaded = nullptr) const {
    return interpret(full_, data, loaded) == interpret(shorter_, data, loaded);
  }

  // Every word either filter looks at takes every value, beside some values of the others.
  void expect_same_of(seccomp_data data) {
    std::set<std::uint32_t> loaded;
    EXPECT_TRUE(same(data, &loaded)) << "call " << data.nr;
    auto* const bytes = reinterpret_cast<char*>(&data);
    for (int round = 0; round < 8; ++round) {
      const std::set<std::uint32_t> words(loaded.upper_bound(offsetof(seccomp_data, arch)),
                                          loaded.end());
      for (const std::uint32_t word : words) {
        for (const std::uint32_t value : values_) {
          std::memcpy(bytes + word, &value, sizeof value);
          if (!same(data, &loaded))
            FAIL() << "call " << data.nr << ", word " << word << ": " << value;
        }
        // High halves are mostly looked at to see that they are zero.
        const std::uint32_t other =
            word % 8 == 4 && round % 2 == 0 ? 0 : values_[generator_() % values_.size()];
        std::memcpy(bytes + word, &other, sizeof other);
      }
    }
  }

  Filter full_;
  Filter shorter_;
  std::vector<std::uint32_t> values_;
  std::mt19937 generator_{2};
};

TEST_P(Shortened, SaysTheSameOfEveryCall) {
  expect_same(Watch::kPolicy);
}

TEST_P(Shortened, SaysTheSameOfEveryCallThatIsToBeExplained) {
  expect_same(Watch::kExplain);
}

std::string name_of(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Policies, Shortened,
                         testing::Values("base", "compile", "vet", "run", "test", "race-compile",
                                         "race-run", "strict-run", "ci-compile", "ci-run"),
                         name_of);

constexpr std::uint32_t kNumber = offsetof(seccomp_data, nr);
constexpr unsigned kLoad = BPF_LD | BPF_W | BPF_ABS;
constexpr unsigned short kReturn = BPF_RET | BPF_K;

// What it does not know it leaves alone: here a shift, a filter without a load, and none at all.
TEST(RangeSearch, LeavesWhatItDoesNotKnowAsItIs) {
  const Filter shifts = {{kLoad, 0, 0, kNumber},
                         {BPF_ALU | BPF_RSH | BPF_K, 0, 0, 1},
                         {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 7},
                         {kReturn, 0, 0, SECCOMP_RET_ALLOW},
                         {kReturn, 0, 0, SECCOMP_RET_ERRNO}};
  EXPECT_EQ(searched_by_ranges(shifts).size(), shifts.size());
  EXPECT_EQ(searched_by_ranges(shifts)[1].k, 1U);
  const Filter answer = {{kReturn, 0, 0, SECCOMP_RET_ALLOW}};
  EXPECT_EQ(searched_by_ranges(answer).size(), 1U);
  EXPECT_TRUE(searched_by_ranges({}).empty());
  const Filter endless = {{kLoad, 0, 0, kNumber}, {BPF_JMP | BPF_JA, 0, 0, 9}};
  EXPECT_EQ(searched_by_ranges(endless).size(), 2U);
}

// Bits that are not the highest select no range of values: that test is kept as it is.
TEST(RangeSearch, KeepsTestsOfSingleBits) {
  Filter filter = {{kLoad, 0, 0, kNumber}};
  for (std::uint32_t number = 0; number < 20; ++number) {
    filter.push_back({BPF_JMP | BPF_JEQ | BPF_K, 0, 1, number});
    filter.push_back({kReturn, 0, 0, SECCOMP_RET_ALLOW});
  }
  filter.push_back({BPF_ALU | BPF_AND | BPF_K, 0, 0, 0x50});
  filter.push_back({BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0x40});
  filter.push_back({kReturn, 0, 0, SECCOMP_RET_KILL_PROCESS});
  filter.push_back({kReturn, 0, 0, SECCOMP_RET_ERRNO});
  const Filter shorter = searched_by_ranges(filter);
  EXPECT_LT(shorter.size(), 10U);
  seccomp_data data{};
  for (int number = 0; number < 4096; ++number) {
    data.nr = number;
    ASSERT_EQ(interpret(filter, data), interpret(shorter, data)) << number;
  }
}

}  // namespace
}  // namespace gobox::sandbox
