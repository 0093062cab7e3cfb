// SPDX-License-Identifier: Apache-2.0

#include "runner/diagnosis/profile.h"

#include <zlib.h>

#include <algorithm>
#include <map>

namespace gobox::runner {
namespace {

// Wire format: developers.google.com/protocol-buffers/docs/encoding.
class Message {
 public:
  void number(unsigned field, std::uint64_t value) {
    if (value == 0) return;  // the default is left out
    varint(std::uint64_t{field} << 3);
    varint(value);
  }

  void bytes(unsigned field, std::string_view value) {
    varint(std::uint64_t{field} << 3 | 2);
    varint(value.size());
    out_ += value;
  }

  void packed(unsigned field, const std::vector<std::uint64_t>& values) {
    Message inner;
    for (const std::uint64_t value : values) inner.varint(value);
    bytes(field, inner.out_);
  }

  const std::string& text() const { return out_; }

 private:
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out_ += static_cast<char>(value | 0x80);
    out_ += static_cast<char>(value);
  }

  std::string out_;
};

// The tables of a profile: strings, functions, and the locations made of them.
class Tables {
 public:
  std::uint64_t string(const std::string& text) {
    const auto [at, is_new] = strings_.try_emplace(text, order_.size());
    if (is_new) order_.push_back(text);
    return at->second;
  }

  std::uint64_t location(const Frame& frame) {
    const std::uint64_t function = function_of(frame);
    const auto line = static_cast<std::uint64_t>(std::max(frame.line, 0));
    const auto [at, is_new] = locations_.try_emplace({function, line}, locations_.size() + 1);
    return at->second;
  }

  void write(Message& profile) const {
    for (const auto& [key, id] : locations_) {
      Message line;
      line.number(1, key.first);
      line.number(2, key.second);
      Message location;
      location.number(1, id);
      location.bytes(4, line.text());
      profile.bytes(4, location.text());
    }
    for (const auto& [key, id] : functions_) {
      Message function;
      function.number(1, id);
      function.number(2, key.first);
      function.number(3, key.first);
      function.number(4, key.second);
      profile.bytes(5, function.text());
    }
    for (const std::string& text : order_) profile.bytes(6, text);
  }

 private:
  using Key = std::pair<std::uint64_t, std::uint64_t>;

  std::uint64_t function_of(const Frame& frame) {
    const Key key{string(frame.function), string(frame.file)};
    return functions_.try_emplace(key, functions_.size() + 1).first->second;
  }

  std::map<std::string, std::uint64_t> strings_{{"", 0}};
  std::vector<std::string> order_{""};
  std::map<Key, std::uint64_t> functions_;  // name and file
  std::map<Key, std::uint64_t> locations_;  // function and line
};

std::int64_t as_signed(std::uint64_t value) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 62;
  return static_cast<std::int64_t>(std::min(value, kMost));
}

std::string type_message(const ProfileType& type, Tables& tables) {
  Message message;
  message.number(1, tables.string(type.name));
  message.number(2, tables.string(type.unit));
  return message.text();
}

}  // namespace

std::optional<Profile> heap_profile(const Diagnosis& diagnosis) {
  if (!diagnosis.heap) return std::nullopt;
  Profile profile{.types = {{"inuse_objects", "count"}, {"inuse_space", "bytes"}}, .samples = {}};
  std::uint64_t known = 0;
  for (const HeapSite& site : diagnosis.heap->sites) {
    known += site.bytes;
    profile.samples.push_back(
        {.frames = site.frames, .values = {as_signed(site.objects), as_signed(site.bytes)}});
  }
  if (diagnosis.heap->heap_bytes > known) {
    const Frame rest{.function = "(sites too small to be listed)", .file = "", .line = 0};
    profile.samples.push_back(
        {.frames = {rest}, .values = {0, as_signed(diagnosis.heap->heap_bytes - known)}});
  }
  return profile;
}

std::optional<Profile> goroutine_profile(const Diagnosis& diagnosis) {
  if (!diagnosis.goroutines) return std::nullopt;
  Profile profile{.types = {{"goroutine", "count"}}, .samples = {}};
  for (const GoroutineGroup& group : diagnosis.goroutines->groups) {
    ProfileSample sample{.frames = group.frames, .values = {as_signed(group.count)}};
    if (group.created_by) sample.frames.push_back(*group.created_by);
    if (sample.frames.empty()) {
      sample.frames.push_back({.function = "(stack unavailable)", .file = "", .line = 0});
    }
    profile.samples.push_back(std::move(sample));
  }
  return profile;
}

std::string pprof_message(const Profile& profile) {
  Tables tables;
  Message message;
  for (const ProfileType& type : profile.types) message.bytes(1, type_message(type, tables));
  for (const ProfileSample& each : profile.samples) {
    std::vector<std::uint64_t> locations;
    for (const Frame& frame : each.frames) locations.push_back(tables.location(frame));
    std::vector<std::uint64_t> values;
    for (const std::int64_t value : each.values) {
      values.push_back(static_cast<std::uint64_t>(value));
    }
    Message sample;
    sample.packed(1, locations);
    sample.packed(2, values);
    message.bytes(2, sample.text());
  }
  const ProfileType& shown = profile.types.back();
  message.bytes(11, type_message(shown, tables));
  message.number(12, 1);
  message.number(14, tables.string(shown.name));
  tables.write(message);
  return message.text();
}

Result<std::string> gzipped(const std::string& bytes) {
  constexpr int kGzip = 15 + 16;  // the largest window, and gzip's header (zlib.h, deflateInit2)
  z_stream stream{};
  if (::deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    return Error::host("zlib could not begin to compress");
  }
  std::string out(::deflateBound(&stream, bytes.size()), '\0');
  std::string in = bytes;  // zlib takes it as not constant
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int ended = ::deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  if (ended != Z_STREAM_END) return Error::host("zlib could not compress a profile");
  return out;
}

}  // namespace gobox::runner
