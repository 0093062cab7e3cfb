#pragma once

// ConnectionLimits: what one caller may send, and how long it may take. Plain data.

#include <chrono>
#include <cstddef>

namespace gobox::api {

struct ConnectionLimits {
  std::size_t head_bytes = std::size_t{32} << 10;  // request line and headers
  std::size_t body_bytes = std::size_t{4} << 20;
  std::chrono::milliseconds head_time{5000};
  std::chrono::milliseconds body_time{30000};
  std::chrono::milliseconds write_time{15000};  // without the caller taking a byte
};

}  // namespace gobox::api
