// SPDX-License-Identifier: Apache-2.0

#include "lab/journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <limits>

#include "base/file.h"
#include "base/json_text.h"

namespace gobox::lab {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxBytes = std::size_t{256} << 20;

std::optional<json::object> parse_object(std::string_view line) {
  boost::system::error_code failed;
  json::value value = json::parse(line, failed);
  if (failed || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

std::string head_line(const JournalHead& head) {
  return runner::json_text(json::object{
      {"sweep", {{"fingerprint", head.fingerprint}, {"seed", std::to_string(head.seed)}}}});
}

Result<JournalHead> parse_head(const std::string& path, std::string_view line) {
  const Error refused = Error::caller(path + " is no journal of a sweep");
  const auto object = parse_object(line);
  const json::value* sweep = object ? object->if_contains("sweep") : nullptr;
  if (sweep == nullptr || !sweep->is_object()) return refused;
  const json::value* fingerprint = sweep->get_object().if_contains("fingerprint");
  const json::value* seed = sweep->get_object().if_contains("seed");
  if (fingerprint == nullptr || !fingerprint->is_string() || seed == nullptr ||
      !seed->is_string()) {
    return refused;
  }
  JournalHead head;
  head.fingerprint = std::string(fingerprint->get_string());
  head.seed = std::strtoull(seed->get_string().c_str(), nullptr, 10);
  return head;
}

}  // namespace

Result<Journal> Journal::open(const std::string& path, JournalHead& head) {
  auto file = open_at(AT_FDCWD, path, O_RDWR | O_CREAT | O_APPEND, 0644);
  if (!file) return Error::caller("journal " + file.error().message);
  if (::flock(file->get(), LOCK_EX | LOCK_NB) != 0) {
    return Error::caller(path + " is in use by another sweep");
  }
  Journal journal(std::move(*file));
  TRY(journal.read(path, head));
  return journal;
}

Result<void> Journal::read(const std::string& path, JournalHead& head) {
  const std::string text = TRY(read_fd(file_.get(), kMaxBytes));
  std::size_t good = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string::npos) break;
    const std::string_view line(text.data() + at, end - at);
    at = end + 1;
    if (good == 0) {
      const JournalHead found = TRY(parse_head(path, line));
      if (found.fingerprint != head.fingerprint) {
        return Error::caller(path +
                             " belongs to another sweep (other settings, flags or sources); give "
                             "another --out, or --fresh to start over");
      }
      head.seed = found.seed;
    } else {
      const auto object = parse_object(line);
      if (!object) break;
      measurements_.push_back(TRY(measurement_from_json(*object)));
    }
    good = at;
  }
  if (good < text.size() && ::ftruncate(file_.get(), static_cast<off_t>(good)) != 0) {
    return Error::system("cut " + path);
  }
  if (good == 0) return write_line(head_line(head));
  return {};
}

Result<void> Journal::write_line(const std::string& line) {
  TRY(write_all(file_.get(), line + "\n"));
  if (::fsync(file_.get()) != 0) return Error::system("fsync of the journal");
  return {};
}

Result<void> Journal::append(const Measurement& measurement) {
  TRY(write_line(runner::json_text(to_json(measurement))));
  measurements_.push_back(measurement);
  return {};
}

}  // namespace gobox::lab
