// SPDX-License-Identifier: Apache-2.0

#pragma once

// BodyReader: the bytes of one request body, taken off what a connection sends: a known length, or
// chunks (RFC 9112 section 7.1), read strictly. Bounded: of the body, and of what chunks cost on
// top. A large one lies on disk where it is given a directory. Not thread-safe.

#include <cstdint>
#include <string>
#include <string_view>

#include "api/http/request_head.h"
#include "base/spool.h"

namespace gobox::api {

class BodyReader {
 public:
  enum class State { kMore, kDone, kBad, kTooLarge, kNoRoom };

  // `spool_directory`: see Spool.
  BodyReader(Framing framing, std::uint64_t length, std::size_t most,
             std::string spool_directory = "");

  // How many bytes of `bytes` belonged to this body. The rest is the next request's once done.
  std::size_t feed(std::string_view bytes);

  State state() const { return state_; }

  std::uint64_t size() const { return body_.size(); }

  // Bytes of memory.
  std::size_t held() const { return body_.held(); }

  // kNoRoom: what the disk said.
  const std::string& trouble() const { return trouble_; }

  Result<Spooled> take() { return std::move(body_).finish(); }

 private:
  enum class Part { kSize, kData, kDataEnd, kTrailer };

  std::size_t take_data(std::string_view bytes);
  void take_byte(char c);
  void end_line();
  void end_size_line();

  const std::size_t most_;
  State state_ = State::kMore;
  Part part_ = Part::kData;
  bool chunked_ = false;
  std::uint64_t left_ = 0;  // of the body, or of the chunk
  std::string line_;        // of framing, as far as it is there
  std::size_t framing_ = 0;
  Spool body_;
  std::string trouble_;
};

}  // namespace gobox::api
