// SPDX-License-Identifier: Apache-2.0

#include "sandbox/inside/step.h"

namespace gobox::sandbox {

const char* describe(Step step) {
  switch (step) {
    case Step::kSettleLauncher:
      return "settle the launcher";
    case Step::kReadPlan:
      return "read the sandbox plan";
    case Step::kClone:
      return "clone into new namespaces";
    case Step::kMapIds:
      return "write the user id maps";
    case Step::kKeepDescriptors:
      return "take over the descriptors of PID 1";
    case Step::kEnterGroups:
      return "enter the control groups";
    case Step::kAwaitLauncher:
      return "wait for the launcher";
    case Step::kResetSignals:
      return "reset signals";
    case Step::kBecomeInit:
      return "become the sandbox's root";
    case Step::kBindParentDeath:
      return "tie life to the launcher's";
    case Step::kNewSession:
      return "start a new session and keyring";
    case Step::kCgroupNamespace:
      return "enter a new cgroup namespace";
    case Step::kPrivateMounts:
      return "make mounts private";
    case Step::kCollectBinds:
      return "open the directories to show";
    case Step::kRootFilesystem:
      return "mount the root file system";
    case Step::kAttachBinds:
      return "attach read-only directories";
    case Step::kDevices:
      return "attach devices";
    case Step::kWritableSpace:
      return "mount the writable space";
    case Step::kAttachInSpace:
      return "attach read-only files in the writable space";
    case Step::kProc:
      return "mount /proc";
    case Step::kShowGroups:
      return "mount the control group's files";
    case Step::kSystemFiles:
      return "write /etc";
    case Step::kBinaryPlace:
      return "make a place for the program";
    case Step::kEnterRoot:
      return "enter the new root";
    case Step::kHostName:
      return "set the host name";
    case Step::kLoopback:
      return "bring loopback up";
    case Step::kRelay:
      return "open the relay's socket inside";
    case Step::kParkPrograms:
      return "fork the parked program";
    case Step::kFreezeRoot:
      return "make the root read-only";
    case Step::kDropInitRights:
      return "drop the rights of PID 1";
    case Step::kInitFilter:
      return "filter PID 1's system calls";
    case Step::kReport:
      return "report to the supervisor";
    case Step::kOomScore:
      return "set the OOM score";
    case Step::kSettleDescriptors:
      return "settle the descriptors";
    case Step::kLockRights:
      return "lock the way back to rights";
    case Step::kProgramIds:
      return "take the unprivileged ids";
    case Step::kDropRights:
      return "drop capabilities";
    case Step::kResourceLimits:
      return "set resource limits";
    case Step::kAwaitCommand:
      return "wait for the command";
    case Step::kReadCommand:
      return "read the command";
    case Step::kWriteFiles:
      return "write the input files";
    case Step::kWorkingDirectory:
      return "enter the working directory";
    case Step::kStandardStreams:
      return "connect the standard streams";
    case Step::kFilter:
      return "load the system call filter";
    case Step::kExecute:
      return "execute the program";
  }
  return "do an unknown step";
}

}  // namespace gobox::sandbox
