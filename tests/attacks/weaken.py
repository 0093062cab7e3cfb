#!/usr/bin/env python3
"""Takes one line of hardening away at a time, in a copy of the tree, and tells which attack notices.

    tests/attacks/weaken.py [--only NAME] SCRATCH_DIRECTORY

Prints the rows of the table in docs/attacks.md. Ends with status 1 if a line could be taken away
without any attack noticing. The programs are probes: one that succeeds says so and does no more.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# What is taken away, where, the text, what stands there instead, the attacks to ask.
SOURCES = [
    ("/proc shows processes only (subset=pid)", "sandbox/mounts.cc", [("subset=pid,", "")],
     "escape/kernel_memory_files escape/sysrq escape/proc_sys_write"),
    ("/proc hides other processes (hidepid)", "sandbox/mounts.cc", [(",hidepid=ptraceable", "")],
     "escape/proc_others"),
    ("/proc is read-only", "sandbox/mounts.cc",
     [('set_mount_flags(AT_FDCWD, "proc", 0, MOUNT_ATTR_RDONLY)', 'set_mount_flags(AT_FDCWD, "proc", 0, 0)')],
     "escape/host_setuid_programs"),
    ("the root is frozen", "sandbox/mounts.cc",
     [('set_mount_flags(AT_FDCWD, "/", 0, MOUNT_ATTR_RDONLY)', 'set_mount_flags(AT_FDCWD, "/", 0, 0)')],
     "escape/write_shared_files"),
    ("binds are read-only", "sandbox/mounts.cc",
     [("MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV", "MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV")],
     "escape/write_shared_files escape/host_setuid_programs"),
    ("binds are nosuid", "sandbox/mounts.cc",
     [("MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV", "MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV")],
     "escape/host_setuid_programs"),
    ("binds are nodev", "sandbox/mounts.cc",
     [("MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV", "MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID")],
     "escape/host_setuid_programs"),
    ("device nodes are read-only mounts", "sandbox/mounts.cc",
     [("MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC", "MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC")],
     "escape/touch_device_nodes bleed/device_times"),
    ("the writable space has a size", "sandbox/mounts.cc",
     [("\"size=%llu,nr_inodes=%llu,mode=0755\",\n                static_cast<unsigned long long>(plan.disk_bytes),",
       "\"nr_inodes=%llu,mode=0755\",")],
     "starve/work_fill starve/all_folders_together"),
    ("the writable space has a number of inodes", "sandbox/mounts.cc",
     [("nr_inodes=%llu,mode=0755\"", "nr_inodes=%llu0,mode=0755\"")], "starve/file_flood"),
    ("the writable space is nosuid", "sandbox/mounts.cc",
     [('::mount("tmpfs", "space", "tmpfs", MS_NOSUID | MS_NODEV, options)',
       '::mount("tmpfs", "space", "tmpfs", MS_NODEV, options)')], "escape/setuid_program"),
    ("the old root is let go", "sandbox/mounts.cc",
     [('if (::umount2(".", MNT_DETACH) != 0) return errno;', "")],
     "escape/host_files_in_sight escape/mount_table"),
    ("the host name is set", "sandbox/init.cc",
     [("if (::sethostname(kName, sizeof kName - 1) != 0) return errno;", "static_cast<void>(kName);")],
     "bleed/host_name"),
    ("network namespace", "sandbox/launcher_process.cc", [("CLONE_NEWNET | ", "")],
     "escape/dial_host_loopback", [("sandbox/init.cc", "if (!setup.task->plan->loopback) return 0;", "if (setup.task != nullptr) return 0;")]),
    ("IPC namespace", "sandbox/launcher_process.cc", [("CLONE_NEWIPC |", "")],
     "escape/host_shared_memory"),
    ("UTS namespace", "sandbox/launcher_process.cc", [("CLONE_NEWUTS | ", "")], "bleed/host_name",
     [("sandbox/init.cc", "if (::sethostname(kName, sizeof kName - 1) != 0) return errno;\n  return ::setdomainname(\"\", 0) == 0 ? 0 : errno;", "return kName[0] == 0;")]),
    ("cgroup namespace", "sandbox/init.cc",
     [("return ::unshare(CLONE_NEWCGROUP) == 0 ? 0 : errno;", "return 0;")], "escape/cgroup_files"),
    ("a user id of its own for the program", "sandbox/program.cc",
     [("return start.task->own_ids ? take_ids(kProgramId, kProgramId) : 0;", "return start.task == nullptr;")],
     "escape/setuid_program"),
    ("the bounding set is dropped", "sandbox/rights.cc",
     [("if (const int failure = drop_bounding_set()) return failure;", "static_cast<void>(drop_bounding_set);")],
     "escape/rights_left"),
    ("capabilities are cleared", "sandbox/rights.cc",
     [("return ::syscall(SYS_capset, &header, none) == 0 ? 0 : errno;", "return header.pid + static_cast<int>(none[0].effective);")],
     "escape/rights_left"),
    ("core size limit", "sandbox/program.cc",
     [("if (const int failure = set_limit(RLIMIT_CORE, 0, 0)) return failure;", "")], "escape/raise_limits"),
    ("file size limit", "sandbox/program.cc",
     [("if (const int failure = set_limit(RLIMIT_FSIZE, plan.file_bytes, plan.file_bytes)) return failure;", "")],
     "starve/sparse_file"),
    ("message queue limit", "sandbox/program.cc",
     [("if (const int failure = set_limit(RLIMIT_MSGQUEUE, 0, 0)) return failure;", "")], "starve/message_queues"),
    ("locked memory limit", "sandbox/program.cc",
     [("return set_limit(RLIMIT_MEMLOCK, 64 << 10, 64 << 10);", "return 0;")], "escape/raise_limits"),
    ("output pipes belong to the program", "sandbox/output_capture.cc",
     [("if (::fchown(fds[1], owner, static_cast<gid_t>(-1)) != 0) return Error::system(\"fchown a pipe\");", "static_cast<void>(owner);")],
     "starve/reopened_streams"),
    ("foreign architectures are reported", "sandbox/seccomp_filter.cc",
     [("SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_NOTIFY", "SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW")],
     "escape/foreign_i386 escape/foreign_x32"),
    ("the pids limit is what was asked (here: double)", "sandbox/control_group.cc",
     [("std::to_string(limits.pids)", "std::to_string(2 * limits.pids)")], "starve/fork_storm starve/thread_storm"),
    ("the memory limit is what was asked (here: four times)", "sandbox/control_group.cc",
     [("limit_memory(group, limits.memory_bytes)", "limit_memory(group, 4 * limits.memory_bytes)")], "starve/heap starve/shared_mappings"),
    ("survivors are looked for", "sandbox/supervision.cc",
     [("ending_.killed == KillReason::kNone && others_left_", "false && others_left_")],
     "outlast/pipe_holder outlast/daemon"),
    ("output is capped", "sandbox/supervision.cc",
     [("if (output_->over_cap() && phase_ == Phase::kRunning)", "if (false)")], "starve/flood_stdout"),
    ("the CPU limit is checked", "sandbox/supervision.cc",
     [("if (used >= limit) {", "if (used >= 1000 * limit) {")], "starve/cpu_in_children"),
    ("special bits are not copied out", "runner/space.cc",
     [("(entry.status.st_mode & 0111) != 0 ? 0755 : 0644", "entry.status.st_mode & 07777")], "collect/setuid_file"),
    ("only regular files are copied out, opened without following links", "runner/space.cc",
     [("S_ISREG(entry.status.st_mode)\n", "!S_ISDIR(entry.status.st_mode)\n"), (" | O_NOFOLLOW", ""),
      ("RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV", "0"),
      ("if (!S_ISREG(status.st_mode)) return", "if (false) return")], "collect/link_absolute"),
    ("cgo is off", "runner/go_command.cc", [('(settings.race ? "1" : "0")', '"1"')], "compile/cgo_include compile/cgo_ldflag_comment compile/c_source"),
]

# Rules of the policies: (file, calls of the rule, attacks).
RULES = [
    ("base", "mount", "escape/mount_tmpfs"), ("base", "setns", "escape/setns_init escape/unshare_user"),
    ("base", "ptrace", "escape/ptrace_child escape/pidfd_getfd"), ("base", "bpf", "escape/bpf escape/io_uring"),
    ("base", "add_key", "escape/keyrings"), ("base", "open_by_handle_at", "escape/open_by_handle escape/fanotify"),
    ("base", "move_pages", "escape/move_pages"), ("base", "init_module", "escape/kernel_modules escape/kexec"),
    ("base", "reboot", "escape/reboot escape/io_ports"), ("base", "settimeofday", "escape/set_clock escape/set_host_name"),
    ("base", "sync", "escape/sync_host_disks"), ("base", "setxattr", "escape/extended_attributes"),
    ("base", "clone3", "escape/clone3_namespaces"), ("base", "clone:forbid", "escape/clone_namespaces escape/nested_user_namespace"),
    ("base", "ioctl:forbid", "escape/terminal_injection"), ("base", "mknod:forbid", "escape/device_nodes"),
    ("base", "personality:forbid", "escape/personality"), ("base", "seccomp:forbid", "escape/seccomp_listener"),
    ("base", "socket:EPROTONOSUPPORT", "escape/odd_protocols"), ("base", "socket:forbid", "escape/raw_sockets"),
    ("base", "socket:EAFNOSUPPORT", "escape/packet_sockets escape/socket_families"),
    ("run", "flock", "bleed/file_locks escape/file_locks_shared"), ("run", "fcntl:EINVAL", "bleed/record_locks"),
    ("run", "inotify_init", "bleed/activity escape/host_activity"),
]

# Lines and rules without which the kernel still says no: they are there for the report of a strict policy, and for a
# kernel that has a hole. Nothing can notice their loss but the unit tests of the filters.
SECOND_WALLS = {
    ("base", "mknod:forbid"): "device nodes need a capability of the host's own user namespace",
    ("base", "socket:forbid"): "raw sockets need CAP_NET_RAW",
    ("source", "capabilities are cleared"): "execve drops them too, with nothing inheritable and no file capabilities",
}


def run(command, **more):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)


def gtest_filter(attacks):
    return ":".join("%s/AttackTest.*/%s" % tuple(each.split("/")) for each in attacks.split())


def noticed(build, attacks, policies=None):
    environment = dict(os.environ)
    if policies:
        environment["GOBOX_POLICY_DIR"] = policies
    result = run([os.path.join(build, "bin/gobox_attacks_tests"), "--gtest_filter=" + gtest_filter(attacks)],
                 env=environment, timeout=300)
    failed = re.findall(r"\[  FAILED  \] (\w+)/AttackTest\.\w+/(\w+)", result.stdout)
    if result.returncode != 0 and not failed:
        return ["(nothing runs at all)"]
    return sorted({"/".join(each) for each in failed})


def read(path):
    with open(path) as file:
        return file.read()


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def replace(path, pairs):
    text = read(path)
    for old, new in pairs:
        if old not in text:
            raise SystemExit("%s: %r is not there" % (path, old))
        text = text.replace(old, new)
    write(path, text)


def weaken_source(tree, build, entry):
    _, path, pairs, attacks = entry[:4]
    changes = {path: pairs}
    for extra, old, new in (entry[4] if len(entry) > 4 else []):
        changes.setdefault(extra, []).append((old, new))
    originals = {each: read(os.path.join(tree, each)) for each in changes}
    for each, edits in changes.items():
        replace(os.path.join(tree, each), edits)
    made = run(["ninja", "-C", build, "-j2", "gobox_attacks_tests"])
    found = noticed(build, attacks) if made.returncode == 0 else None
    for each, text in originals.items():
        write(os.path.join(tree, each), text)
    if found is None:
        raise SystemExit("%s: does not compile\n%s" % (path, made.stdout[-3000:]))
    return found


def weaken_rule(build, scratch, name, rule, attacks):
    """The rule allows instead of refusing; rules that allow part of the call go, so that none clash."""
    directory = os.path.join(scratch, "policies")
    shutil.rmtree(directory, ignore_errors=True)
    shutil.copytree(os.path.join(scratch, "tree", "policies"), directory)
    path = os.path.join(directory, name + ".json")
    policy = json.loads(read(path))
    call, _, action = rule.partition(":")
    hit = False
    for each in policy["seccomp"]["rules"]:
        if call in each["calls"] and each["action"] != "allow" and action in ("", each["action"], each.get("errno")):
            each["action"] = "allow"
            each.pop("errno", None)
            hit = True
    if not hit:
        raise SystemExit("no rule %s in %s" % (rule, name))
    write(path, json.dumps(policy))
    return noticed(build, attacks, directory)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    parser.add_argument("scratch")
    options = parser.parse_args()
    tree, build = os.path.join(options.scratch, "tree"), os.path.join(options.scratch, "build")
    os.makedirs(options.scratch, exist_ok=True)
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(ROOT, tree, symlinks=True, ignore=shutil.ignore_patterns(".git", "build", "build-*"))
    # The server is of no use here, and takes longest to build.
    replace(os.path.join(tree, "tests/CMakeLists.txt"), [("sandbox-run sandbox-api)", "sandbox-run)")])
    made = run(["cmake", "-S", tree, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release"])
    made = made if made.returncode != 0 else run(["ninja", "-C", build, "-j2", "gobox_attacks_tests"])
    if made.returncode != 0:
        raise SystemExit(made.stdout[-3000:])
    unnoticed = 0
    print("| taken away | which attack noticed |\n|---|---|")
    for entry in SOURCES:
        if options.only and options.only not in entry[0]:
            continue
        found = weaken_source(tree, build, entry)
        wall = SECOND_WALLS.get(("source", entry[0]))
        unnoticed += not found and not wall
        noticed_by = ", ".join(found) or ("none: " + wall if wall else "**none**")
        print("| %s | %s |" % (entry[0], noticed_by), flush=True)
    for name, rule, attacks in RULES:
        if options.only and options.only not in rule:
            continue
        found = weaken_rule(build, options.scratch, name, rule, attacks)
        wall = SECOND_WALLS.get((name, rule))
        unnoticed += not found and not wall
        noticed_by = ", ".join(found) or ("none: " + wall if wall else "**none**")
        print("| policies/%s.json: %s | %s |" % (name, rule.replace(":", ", "), noticed_by), flush=True)
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
