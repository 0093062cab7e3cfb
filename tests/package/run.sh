#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs the packages of BUILD_DIR in a bare Debian 12, uses them, upgrades them and purges them.
#
# usage: tests/package/run.sh BUILD_DIR
#
# The Debian is made by debootstrap in a folder that is gone afterwards, and entered by pivot_root in a mount and PID
# namespace of its own (in a chroot the kernel makes no user namespaces). There is no systemd in it: the server is
# started by hand. GOBOX_PACKAGE_MIRROR names another mirror, GOBOX_PACKAGE_ROOT a tar file of such a root, made once
# and used again.
#
# The last line is "package: N passed, N failed". Exit status: 0 all passed; 1 some failed; 3 this host cannot run
# it, the reason is on stderr.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here
readonly mirror=${GOBOX_PACKAGE_MIRROR:-http://deb.debian.org/debian}
readonly root_tar=${GOBOX_PACKAGE_ROOT:-}

cannot_run() {
  echo "package: $1" >&2
  exit 3
}

make_root() {
  if [ -n "$root_tar" ] && [ -e "$root_tar" ]; then
    tar -C "$1" -xf "$root_tar"
    return
  fi
  echo "a bare Debian 12, by debootstrap: a minute or two"
  unshare --mount timeout 900 debootstrap --variant=minbase bookworm "$1" "$mirror" >"$1.log" 2>&1 || {
    tail -n 5 "$1.log" >&2
    cannot_run "debootstrap fails: is $mirror reachable?"
  }
  if [ -n "$root_tar" ]; then tar -C "$1" -cf "$root_tar" .; fi
}

# next_version DEB OUT_DIR: the same package with a later release, as an upgrade brings it.
next_version() {
  local tree=$2/tree
  rm -rf "$tree"
  dpkg-deb -R "$1" "$tree"
  sed -i -E 's/^(Version: .*)$/\1+next/; s/gobox \(= ([^)]*)\)/gobox (= \1+next)/' "$tree/DEBIAN/control"
  dpkg-deb --root-owner-group -b "$tree" "$2" >/dev/null
  rm -rf "$tree"
}

# enter ROOT COMMAND...: with the root's own /proc, and the host's /sys and /dev.
enter() {
  local root=$1
  shift
  # shellcheck disable=SC2016  # for the inner shell
  unshare --mount --pid --fork --kill-child bash -euc '
    root=$1; shift
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount --rbind /sys "$root/sys"
    mount --rbind /dev "$root/dev"
    cp -L /etc/resolv.conf "$root/etc/resolv.conf"
    cd "$root"
    pivot_root . .
    umount -l .
    cd /
    exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
      DEBIAN_FRONTEND=noninteractive "$@"
  ' enter "$root" "$@"
}

main() {
  local build_dir work status=0 deb
  build_dir=$(realpath "${1:?usage: run.sh BUILD_DIR}")
  [ "$(id -u)" -eq 0 ] || cannot_run "needs root"
  command -v debootstrap >/dev/null || cannot_run "debootstrap is not installed"
  compgen -G "$build_dir/gobox_*.deb" >/dev/null || cannot_run "no packages in $build_dir: ./dev package makes them"
  work=$(mktemp -d /var/tmp/gobox-package.XXXXXX)
  # shellcheck disable=SC2064  # the folder of now
  trap "rm -rf --one-file-system '$work'" EXIT
  mkdir -p "$work/root" "$work/next"
  make_root "$work/root"
  mkdir -p "$work/root/packages/next"
  cp "$build_dir"/gobox*.deb "$work/root/packages/"
  for deb in "$build_dir"/gobox*.deb; do next_version "$deb" "$work/next"; done
  mv "$work"/next/*.deb "$work/root/packages/next/"
  cp "$here/inside.sh" "$work/root/packages/"
  enter "$work/root" timeout --kill-after=10 900 bash /packages/inside.sh </dev/null || status=$?
  return "$status"
}

main "$@"
