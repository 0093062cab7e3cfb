#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# PID 1 inside user-mode Linux; booted by run.sh, never run by hand.
#
# The root is the host's file tree, read-only. Everything writable is a tmpfs of the guest, except
# out_dir, which is the host's own folder mounted again. Nothing here may exit before the power is
# off: the kernel panics when PID 1 ends.
# source_dir, build_dir, out_dir and filter_file come from the settings that run.sh writes.
# shellcheck disable=SC2154
set -u

power_off() {
  sync
  echo o >/proc/sysrq-trigger
  while :; do sleep 60; done
}

mount_kernel_trees() {
  mount -t proc proc /proc
  trap power_off EXIT
  mount -t sysfs sysfs /sys
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
}

# devtmpfs is on /dev already: the kernel mounts it before it starts PID 1.
mount_writable_trees() {
  mount -t tmpfs -o mode=1777 tmpfs /tmp
  mount -t tmpfs -o mode=755 tmpfs /run
  mount -t tmpfs -o mode=755 tmpfs /mnt
  mkdir -p /dev/shm /dev/pts
  mount -t tmpfs -o mode=1777 tmpfs /dev/shm
  mount -t devpts devpts /dev/pts
  ln -sfn /proc/self/fd /dev/fd
}

# A tree under /tmp or /run has just been covered: show it again in its own place.
mount_host_tree() {
  local options=$1 dir=$2
  mkdir -p "$dir"
  mount -t hostfs -o "$options$dir" none "$dir"
}

mount_project() {
  local dir
  for dir in "$source_dir" "$build_dir"; do
    if [ ! -e "$dir" ]; then mount_host_tree ro, "$dir"; fi
  done
  mount_host_tree "" "$out_dir"
}

# PID 1 leaves the top group: v2 allows no processes beside enabled controllers in other groups.
prepare_cgroups() {
  mkdir /sys/fs/cgroup/init
  echo 1 >/sys/fs/cgroup/init/cgroup.procs
  echo "+cpu +io +memory +pids" >/sys/fs/cgroup/cgroup.subtree_control
}

run_ring() {
  local ring=$1 filter=$2
  local binary=$build_dir/bin/gobox_${ring}_tests
  [ -x "$binary" ] || return 0
  echo "== $ring ring, cgroup v2 ($(uname -r), filter $filter)"
  (cd /tmp && "$binary" --gtest_color=no --gtest_filter="$filter" \
    --gtest_output="xml:$out_dir/uml-$ring.xml")
  echo "$?" >"$out_dir/uml-$ring.status"
}

run_rings() {
  local ring filter
  # File descriptor 3: a test that reads stdin must not eat the list.
  while read -r ring filter <&3; do
    case "$ring" in
      "" | "#"*) ;;
      *) run_ring "$ring" "$filter" </dev/null 3<&- ;;
    esac
  done 3<"$filter_file"
}

main() {
  mount_kernel_trees
  # The settings may lie under /tmp: read them before it is covered.
  # shellcheck source=/dev/null
  . "$GOBOX_UML_SETTINGS"
  mount_writable_trees
  mount_project
  : >"$out_dir/uml-started"
  ip link set lo up
  prepare_cgroups
  export GOBOX_IN_UML=1 TMPDIR=/tmp
  run_rings
  : >"$out_dir/uml-done"
  power_off
}

main
