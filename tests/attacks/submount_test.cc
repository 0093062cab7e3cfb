// SPDX-License-Identifier: Apache-2.0

// A host with a file system below /usr that anybody may write to. It is mounted in a mount
// namespace of the command's own, so the host's are never touched.

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <string>

#include "tests/attacks/driver_process.h"

namespace gobox::attacks {
namespace {

constexpr int kPatience = 60'000;  // milliseconds
constexpr int kNoMount = 90;
const std::string kProgram = std::string(GOBOX_ATTACK_PROGRAMS) + "/driver/write_below_usr";

TEST(Submount, IsReadOnlyToo) {
  auto driver = DriverProcess::start({"unshare", "--mount", "--propagation", "private", "sh", "-c",
                                      "mount -t tmpfs -o mode=1777 below /usr/src || exit 90\n"
                                      "exec " GOBOX_ATTACK_DRIVER " " +
                                          kProgram + " 1"});
  ASSERT_TRUE(driver) << driver.error().message;
  const auto line = driver->next_line(kPatience);
  const int status = driver->wait(kPatience);
  ASSERT_FALSE(WIFEXITED(status) && WEXITSTATUS(status) == kNoMount) << "mounting needs root";
  EXPECT_EQ(line, "exit 0");
}

}  // namespace
}  // namespace gobox::attacks
