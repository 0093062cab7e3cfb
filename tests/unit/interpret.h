// SPDX-License-Identifier: Apache-2.0

#pragma once

// interpret: what the kernel makes of a system call filter, for tests.

#include <gtest/gtest.h>
#include <linux/bpf_common.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstdint>
#include <cstring>
#include <set>
#include <vector>

namespace gobox::tests {

// The part of classic BPF that seccomp(2) programs are made of. Anything else is a test failure.
// The offsets of what it loads on its way are added to `loaded`.
inline std::uint32_t interpret(const std::vector<sock_filter>& program, const seccomp_data& data,
                               std::set<std::uint32_t>* loaded = nullptr) {
  std::uint32_t a = 0;
  for (std::size_t at = 0; at < program.size(); ++at) {
    const sock_filter& step = program[at];
    const auto jump = [&](bool taken) { at += taken ? step.jt : step.jf; };
    switch (step.code) {
      case BPF_LD | BPF_W | BPF_ABS: {
        std::memcpy(&a, reinterpret_cast<const char*>(&data) + step.k, sizeof a);
        if (loaded != nullptr) loaded->insert(step.k);
        break;
      }
      case BPF_JMP | BPF_JA:
        at += step.k;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        jump(a == step.k);
        break;
      case BPF_JMP | BPF_JGT | BPF_K:
        jump(a > step.k);
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        jump(a >= step.k);
        break;
      case BPF_JMP | BPF_JSET | BPF_K:
        jump((a & step.k) != 0);
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        a &= step.k;
        break;
      case BPF_RET | BPF_K:
        return step.k;
      default:
        ADD_FAILURE() << "instruction " << at << " has the code " << step.code;
        return 0;
    }
  }
  ADD_FAILURE() << "the program has no end";
  return 0;
}

}  // namespace gobox::tests
