// SPDX-License-Identifier: Apache-2.0

#pragma once

// ConnectionLimits: what one caller may send, and how long it may take. Plain data.

#include <chrono>
#include <cstddef>
#include <string>

namespace gobox::api {

struct ConnectionLimits {
  std::size_t head_bytes = std::size_t{32} << 10;  // request line and headers
  std::size_t body_bytes = std::size_t{4} << 20;
  std::size_t upload_bytes = std::size_t{4} << 20;  // where a request may be an upload
  std::string spool_directory;                      // where a large one lies; "" for memory
  std::chrono::milliseconds idle_time{10000};       // before the first byte of a request
  std::chrono::milliseconds head_time{5000};        // from it to the end of the head
  std::chrono::milliseconds body_time{30000};       // and for an upload on top of it
  std::size_t upload_bytes_per_second = std::size_t{256} << 10;  // the time this speed needs
  std::chrono::milliseconds stall_time{15000};   // without the caller taking a byte of an answer
  std::chrono::milliseconds answer_time{30000};  // to take a whole answer, and on top of it
  std::size_t answer_bytes_per_second = std::size_t{64} << 10;  // the time this speed needs
  std::chrono::milliseconds heartbeat{15000};  // of an answer that is still coming into being
};

}  // namespace gobox::api
