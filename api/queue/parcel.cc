// SPDX-License-Identifier: Apache-2.0

#include "api/queue/parcel.h"

#include <algorithm>
#include <boost/json.hpp>

namespace gobox::api {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostInline = std::size_t{512} << 10;
constexpr std::size_t kRoom = std::size_t{64} << 10;  // for headers and what is said about it
constexpr std::size_t kLeast = std::size_t{16} << 10;
constexpr std::size_t kMostPieces = 4096;

}  // namespace

std::string Parcel::text(std::string_view name) const {
  const json::value* const value = about.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::uint64_t Parcel::number(std::string_view name) const {
  const json::value* const value = about.if_contains(name);
  if (value == nullptr || !value->is_number()) return 0;
  return value->is_int64() && value->get_int64() < 0 ? 0 : value->to_number<std::uint64_t>();
}

bool Parcel::truth(std::string_view name) const {
  const json::value* const value = about.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

std::size_t Parcels::most_inline() const {
  const std::size_t most = stream_.wire().most_payload();
  return std::clamp(most > kRoom ? most - kRoom : 0, kLeast, kMostInline);
}

Result<std::string> Parcels::pack(json::object about, std::string_view bytes,
                                  const std::string& name) const {
  const std::size_t most = most_inline();
  if (bytes.size() <= most) return json::serialize(about) + "\n" + std::string(bytes);
  const std::string prefix = subjects_.plain("blobs." + name);
  std::uint64_t count = 0;
  for (std::size_t at = 0; at < bytes.size(); at += most, ++count) {
    const std::string subject = prefix + "." + std::to_string(count);
    const Published published = stream_.publish(subject, bytes.substr(at, most), {});
    if (published) continue;
    Error error = Error::host("store a piece of it: " + published.why);
    error.errno_value = EAGAIN;
    return error;
  }
  about["pieces"] = count;
  about["pieces_at"] = prefix;
  about["bytes"] = bytes.size();
  return json::serialize(about) + "\n";
}

Result<Parcel> look_at(std::string_view data) {
  const std::size_t end = data.find('\n');
  if (end == std::string_view::npos) return Error::host("a message of the queue is malformed");
  json::error_code failure;
  json::value about = json::parse(data.substr(0, end), failure);
  if (failure || !about.is_object()) return Error::host("a message of the queue is malformed");
  return Parcel{std::move(about.get_object()), std::string(data.substr(end + 1))};
}

Result<Parcel> Parcels::unpack(std::string_view data) const {
  Parcel parcel = TRY(look_at(data));
  const std::uint64_t count = parcel.number("pieces");
  if (count == 0) return parcel;
  if (count > kMostPieces) return Error::host("a message of the queue has too many pieces");
  const std::string prefix = parcel.text("pieces_at");
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto piece =
        TRY(stream_.last_of(subjects_.stream("BLOBS"), prefix + "." + std::to_string(i)));
    if (!piece) return Error::host("a piece of it is not in the queue any more");
    parcel.bytes += piece->data;
  }
  if (parcel.bytes.size() != parcel.number("bytes")) {
    return Error::host("its pieces are not all there");
  }
  return parcel;
}

}  // namespace gobox::api
