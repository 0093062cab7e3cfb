#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs the kernel ring, and the part of the e2e ring named in tests/uml/filter, under cgroup v2.
#
# usage: tests/uml/run.sh BUILD_DIR [OUT_DIR]
#
# GOBOX_UML_FILTER names another list of rings and filters, GOBOX_UML_TIMEOUT seconds for another limit.
# GTEST_REPEAT repeats every ring within the one boot, GOBOX_UML_CPU names the host's processor.
#
# A host may bind memory, pids and cpu to cgroup v1. Debian's user-mode-linux is a kernel that runs
# as a process: it boots on the host's file tree (hostfs), mounted read-only, and offers cgroup v2
# with cpu, io, memory and pids. Of the host it can write OUT_DIR alone, where it leaves one gtest
# XML report per ring (uml-kernel.xml, uml-e2e.xml).
#
# Exit status: 0 the kernel booted, ran the rings and switched off (failed tests stand in the
# reports); 1 it did not; 3 this host cannot run it, the reason is on stderr.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here
build_dir=$(realpath "${1:?usage: run.sh BUILD_DIR [OUT_DIR]}")
readonly build_dir
source_dir=$(realpath "$here/../..")
readonly source_dir
readonly limit_seconds=${GOBOX_UML_TIMEOUT:-600}
filter_file=$(realpath "${GOBOX_UML_FILTER:-$here/filter}")
readonly filter_file
readonly memory=2G
memory_kib=$((2200 * 1024))
readonly memory_kib

mkdir -p "${2:-$build_dir/reports}"
out_dir=$(realpath "${2:-$build_dir/reports}")
readonly out_dir

cannot_run() {
  echo "user-mode Linux: $1" >&2
  exit 3
}

check_host() {
  command -v linux.uml >/dev/null || cannot_run "linux.uml is not installed (Debian: user-mode-linux)"
  case "$build_dir$source_dir$out_dir" in
    *[[:space:]\"\']*) cannot_run "a path with blanks or quotes cannot stand on a kernel command line" ;;
  esac
}

# The guest's memory is a sparse file; containers often have a /dev/shm of 64 MB.
choose_memory_dir() {
  local free
  free=$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1)
  if [ "${free:-0}" -ge "$memory_kib" ]; then
    echo /dev/shm
  else
    echo "$out_dir"
  fi
}

# What the guest cannot know by itself, as shell assignments.
write_settings() {
  {
    printf 'build_dir=%q\n' "$build_dir"
    printf 'source_dir=%q\n' "$source_dir"
    printf 'out_dir=%q\n' "$out_dir"
    printf 'filter_file=%q\n' "$filter_file"
    printf 'export PATH=%q\n' "$PATH"
    printf 'export HOME=%q\n' "${HOME:-/root}"
    local name
    for name in SANDBOX_TESTS_REQUIRE GOBOX_TEST_TOOLCHAINS GOBOX_CACHE_DIR GTEST_REPEAT; do
      if [ -n "${!name:-}" ]; then printf 'export %s=%q\n' "$name" "${!name}"; fi
    done
  } >"$out_dir/uml-settings.sh"
}

# The guest has one processor and is given one of the host's: each of its system calls and page faults
# is a ptrace stop, and waking a tracer on another processor takes three times as long as switching
# to it on this one.
choose_cpu() {
  local allowed
  allowed=$(taskset --cpu-list --pid $$)
  allowed=${allowed##*[ ,-]}
  echo "${GOBOX_UML_CPU:-$allowed}"
}

# timeout(1) signals the process group it makes for itself, so every process of the guest goes too:
# at the limit, and when this script is told to stop.
boot() {
  local cpu
  cpu=$(choose_cpu)
  TMPDIR=$(choose_memory_dir) timeout --kill-after=10 "$limit_seconds" \
    taskset --cpu-list "$cpu" linux.uml \
    rootfstype=hostfs rootflags=/ ro "mem=$memory" loglevel=3 \
    "init=$here/init.sh" "GOBOX_UML_SETTINGS=$out_dir/uml-settings.sh" \
    "uml_dir=$out_dir/uml" con=null con0=null,fd:1 </dev/null 2>"$out_dir/uml-boot.log" &
  local pid=$!
  trap 'kill "$pid" 2>/dev/null' INT TERM HUP
  wait "$pid"
}

# The guest sees the host's files read-only, and takes minutes for what the host compiles in seconds:
# the Go caches are made here. They must lie where the guest does not mount anything over them.
prepare_caches() {
  case "$(realpath -m "${GOBOX_CACHE_DIR:-/var/cache/gobox}")" in
    /tmp/* | /run/* | /mnt/* | /dev/*)
      cannot_run "GOBOX_CACHE_DIR lies below a folder that the guest covers" ;;
  esac
  "$build_dir/bin/sandbox-run" warm --no-race
}

main() {
  check_host
  prepare_caches
  rm -f "$out_dir"/uml-*.{xml,status} "$out_dir"/uml-{started,done}
  write_settings
  local status=0
  boot || status=$?
  if [ -e "$out_dir/uml-done" ]; then exit 0; fi
  if [ "$status" -eq 124 ]; then
    echo "user-mode Linux: not finished after $limit_seconds s" >&2
    exit 1
  fi
  if [ ! -e "$out_dir/uml-started" ]; then
    tail -n 5 "$out_dir/uml-boot.log" >&2
    cannot_run "the kernel did not boot (exit status $status)"
  fi
  echo "user-mode Linux: stopped before the rings ended (exit status $status)" >&2
  exit 1
}

main
