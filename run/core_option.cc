// SPDX-License-Identifier: Apache-2.0

#include "run/core_option.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "base/quantity.h"
#include "run/report.h"
#include "sandbox/core_order.h"

namespace gobox::run {
namespace {

constexpr std::uint64_t kMoreThanTheLimit = std::uint64_t{16} << 20;

struct OpenCore {
  UniqueFd core, program;
  sandbox::CoreOrder order;
};

std::string program_file(const std::string& file) {
  return file + ".program";
}

Result<UniqueFd> open_new(const std::string& path, unsigned mode) {
  auto opened = open_at(AT_FDCWD, path, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW, mode);
  if (!opened) return Error::caller("--core " + opened.error().message);
  return std::move(*opened);
}

}  // namespace

Result<std::shared_ptr<sandbox::CoreOrder>> open_core(const std::string& file,
                                                      const policies::Limits& limits) {
  auto opened = std::make_shared<OpenCore>();
  // What the memory holds is its owner's business.
  opened->core = TRY(open_new(file, 0600));
  opened->program = TRY(open_new(program_file(file), 0700));
  opened->order.file = opened->core.get();
  opened->order.program_file = opened->program.get();
  opened->order.most_bytes = limits.memory_bytes + kMoreThanTheLimit;
  return std::shared_ptr<sandbox::CoreOrder>(opened, &opened->order);
}

void report_core(const std::shared_ptr<sandbox::CoreOrder>& core, const std::string& file) {
  if (!core) return;
  const std::lock_guard lock(core->mutex);
  if (core->moment.empty()) {
    ::unlink(file.c_str());
    ::unlink(program_file(file).c_str());
    print_error("--core: none was kept: " + (core->problem.empty()
                                                 ? "the program ended with status 0, or did not run"
                                                 : core->problem));
    return;
  }
  print_error("--core: " + file + " has the program " + core->moment + ": " +
              format_size(core->bytes) + " of memory" +
              (core->cut ? ", where the bound was reached and the rest left out" : "") + ", " +
              std::to_string(core->threads) + (core->threads == 1 ? " thread" : " threads") +
              "; gdb " + program_file(file) + " " + file + ", or dlv core " + program_file(file) +
              " " + file);
}

}  // namespace gobox::run
