// SPDX-License-Identifier: Apache-2.0

#include "api/http/body_reader.h"

#include <algorithm>
#include <charconv>

namespace gobox::api {
namespace {

constexpr std::size_t kMaxLine = 1024;  // a chunk's size with extensions; a trailer
constexpr std::size_t kMaxSizeDigits = 8;
constexpr std::size_t kMoreFraming = std::size_t{64} << 10;  // than bytes of the body

bool is_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
  });
}

}  // namespace

BodyReader::BodyReader(Framing framing, std::uint64_t length, std::size_t most,
                       std::string spool_directory)
    : most_(most),
      chunked_(framing == Framing::kChunked),
      left_(length),
      body_(std::move(spool_directory)) {
  if (chunked_) {
    part_ = Part::kSize;
    left_ = 0;
  } else if (length > most) {
    state_ = State::kTooLarge;
  } else if (length == 0) {
    state_ = State::kDone;
  }
}

std::size_t BodyReader::feed(std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size() && state_ == State::kMore) {
    if (part_ == Part::kData) {
      at += take_data(bytes.substr(at));
    } else {
      take_byte(bytes[at++]);
    }
  }
  return at;
}

std::size_t BodyReader::take_data(std::string_view bytes) {
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
  if (const auto kept = body_.append(bytes.substr(0, count)); !kept) {
    trouble_ = kept.error().message;
    state_ = State::kNoRoom;
    return count;
  }
  left_ -= count;
  if (left_ > 0) return count;
  if (chunked_) {
    part_ = Part::kDataEnd;
  } else {
    state_ = State::kDone;
  }
  return count;
}

void BodyReader::take_byte(char c) {
  if (++framing_ > most_ + kMoreFraming) {
    state_ = State::kTooLarge;
    return;
  }
  line_ += c;
  const bool after_cr = line_.size() > 1 && line_[line_.size() - 2] == '\r';
  if (line_.size() > kMaxLine || (c == '\n') != after_cr) {
    state_ = State::kBad;
  } else if (part_ == Part::kDataEnd && line_ != "\r" && line_ != "\r\n") {
    state_ = State::kBad;  // at the first byte: nobody waits for a line end that is not to come
  } else if (c == '\n') {
    line_.resize(line_.size() - 2);
    end_line();
    line_.clear();
  }
}

void BodyReader::end_line() {
  switch (part_) {
    case Part::kSize:
      end_size_line();
      break;
    case Part::kDataEnd:
      part_ = Part::kSize;
      break;
    case Part::kTrailer:
      if (line_.empty()) {
        state_ = State::kDone;
      } else if (!is_text(line_) || !is_token(line_.substr(0, line_.find(':'))) ||
                 line_.find(':') == std::string::npos) {
        state_ = State::kBad;
      }
      break;
    case Part::kData:
      break;
  }
}

// "SIZE" or "SIZE;EXTENSIONS", the size of hexadecimal digits alone.
void BodyReader::end_size_line() {
  const std::string_view line = line_;
  const std::string_view digits = line.substr(0, line.find(';'));
  std::uint64_t size = 0;
  const auto [end, failure] =
      std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
  const bool whole = failure == std::errc() && end == digits.data() + digits.size();
  // from_chars takes a minus sign.
  if (!whole || digits.size() > kMaxSizeDigits || digits.front() == '-' || !is_text(line)) {
    state_ = State::kBad;
  } else if (body_.size() + size > most_) {
    state_ = State::kTooLarge;
  } else {
    left_ = size;
    part_ = size == 0 ? Part::kTrailer : Part::kData;
  }
}

}  // namespace gobox::api
