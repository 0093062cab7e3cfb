// SPDX-License-Identifier: Apache-2.0

#pragma once

// RunInput: the standard input of a run that is fed while it runs. A pipe: the kernel holds what
// the program has not read yet, at most kMostWaiting bytes, and whoever sends more is told to come
// back.
//
// Thread-safe. The program's end is handed into its sandbox; ours never is.

#include <cstddef>
#include <memory>
#include <mutex>
#include <string_view>

#include "base/error.h"
#include "base/unique_fd.h"

namespace gobox::api {

class RunInput {
 public:
  static constexpr std::size_t kMostWaiting = std::size_t{64} << 10;

  // `first` is read before anything sent later; at most kMostWaiting bytes.
  static Result<std::unique_ptr<RunInput>> open(std::string_view first);

  int reading_end() const { return reading_.get(); }

  // How much of `bytes` was taken, from its beginning; less than all where the pipe is full. Error:
  // it has been closed, or nobody reads it any more.
  Result<std::size_t> send(std::string_view bytes);

  // The program reads what waits, and then the end; nothing more is taken.
  void close();

 private:
  RunInput(UniqueFd reading, UniqueFd writing)
      : reading_(std::move(reading)), writing_(std::move(writing)) {}

  const UniqueFd reading_;
  std::mutex mutex_;
  UniqueFd writing_;
};

}  // namespace gobox::api
