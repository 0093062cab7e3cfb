// SPDX-License-Identifier: Apache-2.0

#include "sandbox/inside/init_filter.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include <cstddef>
#include <cstdint>
#include <iterator>

namespace gobox::sandbox {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "PID 1's filter does not know this architecture"
#endif

// x32 calls carry a bit in their number and so match none of these.
constexpr std::uint32_t kAllowed[] = {SYS_wait4,          SYS_waitid,     SYS_sendmsg,
                                      SYS_close,          SYS_exit_group, SYS_rt_sigreturn,
                                      SYS_restart_syscall};
constexpr std::size_t kAllowedCount = std::size(kAllowed);

constexpr sock_filter statement(std::uint16_t code, std::uint32_t value) {
  return {code, 0, 0, value};
}

constexpr sock_filter jump_if_equal(std::uint32_t value, std::size_t then, std::size_t otherwise) {
  return {BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint8_t>(then),
          static_cast<std::uint8_t>(otherwise), value};
}

struct Program {
  sock_filter instructions[5 + kAllowedCount] = {};
};

constexpr Program make_program() {
  Program program;
  sock_filter* next = program.instructions;
  *next++ = statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch));
  *next++ = jump_if_equal(kArchitecture, 0, 1 + kAllowedCount);
  *next++ = statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr));
  for (std::size_t i = 0; i < kAllowedCount; ++i) {
    *next++ = jump_if_equal(kAllowed[i], kAllowedCount - i, 0);
  }
  *next++ = statement(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
  *next++ = statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  return program;
}

constexpr Program kProgram = make_program();

}  // namespace

InitFilter init_filter() {
  return {kProgram.instructions, std::size(kProgram.instructions)};
}

}  // namespace gobox::sandbox
