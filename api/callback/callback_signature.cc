// SPDX-License-Identifier: Apache-2.0

#include "api/callback/callback_signature.h"

#include <fcntl.h>
#include <sys/random.h>

#include <array>
#include <cerrno>

#include "base/base64.h"
#include "base/file.h"

namespace gobox::api {
namespace {

constexpr std::size_t kBlock = 64;     // of SHA-256
constexpr std::size_t kLeastKey = 16;  // bytes
constexpr std::size_t kMadeKey = 32;
constexpr std::size_t kMostFile = 4096;
constexpr std::string_view kPrefix = "whsec_";

std::string_view view_of(const Sha256Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

Result<void> make_key(const std::string& file) {
  std::string key(kMadeKey, '\0');
  if (::getrandom(key.data(), key.size(), 0) != static_cast<ssize_t>(key.size())) {
    return Error::system("getrandom");
  }
  const UniqueFd made = TRY(open_at(AT_FDCWD, file, O_WRONLY | O_CREAT | O_EXCL, 0600));
  return write_all(made.get(), std::string(kPrefix) + to_base64(key) + "\n");
}

}  // namespace

Sha256Digest hmac_sha256(std::string_view key, std::string_view message) {
  std::string padded(kBlock, '\0');
  const Sha256Digest shortened = sha256(key);
  padded.replace(0, std::min(kBlock, key.size()), key.size() > kBlock ? view_of(shortened) : key);
  if (key.size() > kBlock) padded.resize(kBlock, '\0');
  std::string inner = padded;
  std::string outer = padded;
  for (std::size_t i = 0; i < kBlock; ++i) {
    inner[i] = static_cast<char>(padded[i] ^ 0x36);
    outer[i] = static_cast<char>(padded[i] ^ 0x5c);
  }
  Sha256 first;
  first.update(inner);
  first.update(message);
  Sha256 second;
  second.update(outer);
  second.update(view_of(first.finish()));
  return second.finish();
}

Result<std::string> load_callback_key(const std::string& file, MissingKey missing) {
  auto text = read_file(file, kMostFile);
  if (!text && text.error().errno_value == ENOENT && missing == MissingKey::kIsMade) {
    TRY(make_key(file));
    text = read_file(file, kMostFile);
  }
  if (!text) return Error(text.error()).within("--callback-secret");
  std::string key = text->substr(0, text->find_first_of("\r\n"));
  if (key.starts_with(kPrefix)) {
    auto decoded = from_base64(key.substr(kPrefix.size()));
    if (!decoded) return Error::caller("--callback-secret: behind whsec_ it must be base64");
    key = std::move(*decoded);
  }
  if (key.size() < kLeastKey) {
    return Error::caller("--callback-secret: " + file + " holds fewer than " +
                         std::to_string(kLeastKey) + " bytes");
  }
  return key;
}

std::string callback_signature(std::string_view key, const std::string& id,
                               const std::string& timestamp, std::string_view body) {
  std::string message = id + "." + timestamp + ".";
  message += body;
  return "v1," + to_base64(view_of(hmac_sha256(key, message)));
}

}  // namespace gobox::api
