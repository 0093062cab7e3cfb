// SPDX-License-Identifier: Apache-2.0

// sandbox-run exec --explain -- CMD: what a policy refused to a program, so that one can be written
// for it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/attacks/driver_process.h"

namespace gobox::attacks {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string output_of(const std::string& script) {
  std::string text;
  auto process = DriverProcess::start({"sh", "-c", "exec 2>&1\n" + script});
  if (!process) return process.error().message;
  while (const auto line = process->next_line(60'000)) text += *line + "\n";
  process->wait(60'000);
  return text;
}

const std::string kRun = GOBOX_SANDBOX_RUN;
const std::string kCommand =
    " -- sh -c 'mount -t tmpfs none /mnt; unshare --net true; echo still here'";

TEST(Explain, ListsTheRefusedCallsAndLetsTheProgramGoOn) {
  const std::string text = output_of(kRun + " exec --explain" + kCommand);
  EXPECT_THAT(text, HasSubstr("still here"));
  EXPECT_THAT(text, HasSubstr("refused: mount"));
  EXPECT_THAT(text, HasSubstr("refused: unshare"));
  EXPECT_THAT(text, HasSubstr("--- ok"));
}

TEST(Explain, ListsNothingWhereNothingWasRefused) {
  const std::string text = output_of(kRun + " exec --explain -- sh -c 'echo hello'");
  EXPECT_THAT(text, HasSubstr("hello"));
  EXPECT_THAT(text, Not(HasSubstr("refused: mount")));
}

TEST(Explain, IsInTheResultToo) {
  const std::string text = output_of(kRun + " exec --json --explain" + kCommand);
  EXPECT_THAT(text, HasSubstr("\"mount\""));
}

}  // namespace
}  // namespace gobox::attacks
