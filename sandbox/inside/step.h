// SPDX-License-Identifier: Apache-2.0

#pragma once

// Step: the named stations of making a sandbox and starting a program in it. A failure anywhere is
// reported as one of these plus an errno, and nothing else, because the code that reports it runs
// between clone and exec and may neither allocate nor format.

#include <cstdint>

namespace gobox::sandbox {

enum class Step : std::uint32_t {
  // launcher, outside
  kSettleLauncher,
  kReadPlan,
  kClone,
  kMapIds,
  // PID 1, inside
  kKeepDescriptors,
  kEnterGroups,
  kAwaitLauncher,
  kResetSignals,
  kBecomeInit,
  kBindParentDeath,
  kNewSession,
  kCgroupNamespace,
  kLockRights,
  kParkPrograms,
  kPrivateMounts,
  kCollectBinds,
  kRootFilesystem,
  kAttachBinds,
  kDevices,
  kWritableSpace,
  kAttachInSpace,
  kProc,
  kShowGroups,
  kSystemFiles,
  kBinaryPlace,
  kEnterRoot,
  kHostName,
  kLoopback,
  kRelay,
  kFreezeRoot,
  kDropInitRights,
  kInitFilter,
  kReport,
  // the program, inside
  kOomScore,
  kSettleDescriptors,
  kProgramIds,
  kDropRights,
  kResourceLimits,
  kFilter,
  kAwaitCommand,
  kReadCommand,
  kWriteFiles,
  kWorkingDirectory,
  kStandardStreams,
  kExecute,
};

// "mount the root file system"; completes the sentence "could not ...".
const char* describe(Step step);

}  // namespace gobox::sandbox
