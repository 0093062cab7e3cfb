// SPDX-License-Identifier: Apache-2.0

#pragma once

// SHA-256 (FIPS 180-4): names contents, and keeps tokens as digests. A hash and no more: not a
// password hash, not a MAC. Constant time is not claimed. Feeds of any size in any pieces give the
// same digest. Owns its state; a Sha256 belongs to one thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gobox {

using Sha256Digest = std::array<std::uint8_t, 32>;

class Sha256 {
 public:
  void update(std::string_view bytes);

  // The length first, so that no two sequences of fields feed the same bytes.
  void update_field(std::string_view bytes);

  // Once; afterwards the object is spent.
  Sha256Digest finish();

 private:
  static constexpr std::size_t kBlock = 64;

  void take_block(const std::uint8_t* block);

  std::array<std::uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::uint8_t, kBlock> pending_{};
  std::size_t pending_size_ = 0;
  std::uint64_t total_ = 0;  // bytes
};

Sha256Digest sha256(std::string_view bytes);

// Lower-case hexadecimal, 64 characters.
std::string hex(const Sha256Digest& digest);

}  // namespace gobox
