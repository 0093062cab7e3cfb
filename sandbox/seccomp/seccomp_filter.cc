// SPDX-License-Identifier: Apache-2.0

#include "sandbox/seccomp/seccomp_filter.h"

#include <seccomp.h>
#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <memory>

#include "base/file.h"
#include "sandbox/seccomp/range_search.h"

namespace gobox::sandbox {
namespace {

using policies::ArgumentTest;
using policies::SyscallRule;

struct Release {
  void operator()(void* context) const { seccomp_release(context); }
};

using Context = std::unique_ptr<void, Release>;

scmp_arg_cmp comparison(const ArgumentTest& test) {
  const auto with = [&test](scmp_compare op, std::uint64_t a, std::uint64_t b) {
    return scmp_arg_cmp{test.index, op, a, b};
  };
  switch (test.op) {
    case ArgumentTest::Op::kEqual:
      return with(SCMP_CMP_EQ, test.value, 0);
    case ArgumentTest::Op::kNotEqual:
      return with(SCMP_CMP_NE, test.value, 0);
    case ArgumentTest::Op::kMaskedEqual:
      return with(SCMP_CMP_MASKED_EQ, test.mask, test.value);
    case ArgumentTest::Op::kLess:
      return with(SCMP_CMP_LT, test.value, 0);
    case ArgumentTest::Op::kGreaterEqual:
      break;
  }
  return with(SCMP_CMP_GE, test.value, 0);
}

std::uint32_t errno_action(int errno_value) {
  return SCMP_ACT_ERRNO(static_cast<std::uint16_t>(errno_value));
}

std::uint32_t action_of(const SyscallRule& rule, const policies::Seccomp& policy, Watch watch) {
  switch (rule.action) {
    case SyscallRule::Action::kAllow:
      return SCMP_ACT_ALLOW;
    case SyscallRule::Action::kErrno:
      return errno_action(rule.errno_value);
    case SyscallRule::Action::kSucceed:
      return errno_action(0);
    case SyscallRule::Action::kAsk:
      return SCMP_ACT_NOTIFY;
    case SyscallRule::Action::kForbid:
      break;
  }
  const bool report =
      watch == Watch::kExplain || policy.on_forbidden == policies::Seccomp::OnForbidden::kReport;
  return report ? SCMP_ACT_NOTIFY : errno_action(EPERM);
}

Result<void> add_rule(void* context, const SyscallRule& rule, std::uint32_t action) {
  std::vector<scmp_arg_cmp> tests;
  for (const ArgumentTest& test : rule.when) tests.push_back(comparison(test));
  for (const std::string& name : rule.calls) {
    const int number = seccomp_syscall_resolve_name(name.c_str());
    if (number == __NR_SCMP_ERROR) return Error::caller("no system call is named " + name);
    if (number < 0) continue;  // not on this architecture
    const int failure = seccomp_rule_add_array(context, action, number,
                                               static_cast<unsigned>(tests.size()), tests.data());
    // EACCES: the rule repeats the default.
    if (failure != 0 && failure != -EACCES) return Error::system("rule for " + name, -failure);
  }
  return {};
}

Result<std::vector<sock_filter>> exported(void* context) {
  const UniqueFd file(::memfd_create("filter", MFD_CLOEXEC));
  if (!file) return Error::system("memfd_create");
  if (const int failure = seccomp_export_bpf(context, file.get())) {
    return Error::system("seccomp_export_bpf", -failure);
  }
  if (::lseek(file.get(), 0, SEEK_SET) < 0) return Error::system("lseek");
  const std::string bytes = TRY(read_fd(file.get(), 1 << 20));
  std::vector<sock_filter> instructions(bytes.size() / sizeof(sock_filter));
  std::memcpy(instructions.data(), bytes.data(), instructions.size() * sizeof(sock_filter));
  return instructions;
}

}  // namespace

Result<std::vector<sock_filter>> unshortened_filter(const policies::Seccomp& policy, Watch watch) {
  const bool explain = watch == Watch::kExplain;
  const Context context(
      seccomp_init(explain ? SCMP_ACT_NOTIFY : errno_action(policy.default_errno)));
  if (!context) return Error::host("seccomp_init: out of memory");
  if (const int failure =
          seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_NOTIFY)) {
    return Error::system("seccomp_attr_set", -failure);
  }
  // A binary tree by call number: a handful of comparisons instead of hundreds.
  seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  for (const SyscallRule& rule : policy.rules) {
    TRY(add_rule(context.get(), rule, action_of(rule, policy, watch)));
  }
  return exported(context.get());
}

Result<SeccompFilter> SeccompFilter::compile(const policies::Seccomp& policy, Watch watch) {
  SeccompFilter filter;
  filter.instructions = searched_by_ranges(TRY(unshortened_filter(policy, watch)));
  filter.policy = std::make_shared<const policies::Seccomp>(policy);
  return filter;
}

std::string syscall_name(unsigned architecture, int number) {
  // The kernel reports x32 as x86-64 with a bit in the number.
  constexpr unsigned kX32Bit = 0x40000000;
  const bool x32 =
      architecture == SCMP_ARCH_X86_64 && (static_cast<unsigned>(number) & kX32Bit) != 0;
  char* name = seccomp_syscall_resolve_num_arch(x32 ? SCMP_ARCH_X32 : architecture, number);
  std::string text = name != nullptr ? name : "#" + std::to_string(number);
  std::free(name);
  if (x32) return text + " (x32)";
  if (architecture == SCMP_ARCH_X86) return text + " (i386)";
  return architecture == seccomp_arch_native() ? text : text + " (foreign)";
}

}  // namespace gobox::sandbox
