// SPDX-License-Identifier: Apache-2.0

#pragma once

// DiskImage: a writable space on the host's disk, exactly as large as a sandbox's limit: a file
// with an ext4 file system in it, behind a loop device, mounted nodev and nosuid at no place. None
// of it has a name: the file is an O_TMPFILE, the loop device lets go of it when the mount ends,
// and the mount lives as long as a descriptor of it or the sandbox's mount namespace. So nothing is
// left when we are killed, and no start has to sweep. All blocks of the file are set aside first: a
// full disk is refused here instead of losing what a program wrote. What is inside comes from
// mkfs.ext4 alone; a program never gets at the device.
//
// Needs root of the host, loop devices and mkfs.ext4; an Error names what is missing. Pages of its
// files are in the page cache, charged to whoever wrote or read them first, and given back before
// the kernel kills for memory. loop(4), ext4(5), open(2) O_TMPFILE, fsmount(2).

#include <cstdint>
#include <string>

#include "base/error.h"
#include "base/patience.h"
#include "base/unique_fd.h"

namespace gobox::sandbox {

class DiskImage {
 public:
  DiskImage() = default;

  // `directory`, on a disk, is made if it is missing.
  static Result<DiskImage> make(const std::string& directory, std::uint64_t bytes,
                                std::uint64_t inodes, const Patience& patience);

  // For move_mount(2), by whoever has a mount namespace of its own.
  int mount() const { return mount_.get(); }

  // Somebody else has the mount by now.
  void handed_on() { mount_.reset(); }

  // What has not been written to the disk yet will not be. `space`: a directory of it; -1: nothing
  // was ever written.
  void abandon(int space);

 private:
  UniqueFd mount_;
  UniqueFd ballast_;  // holds what the file system has beyond the limit
};

}  // namespace gobox::sandbox
