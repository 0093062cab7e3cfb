// SPDX-License-Identifier: Apache-2.0

#include "api/web/assets.h"

#include <fcntl.h>
#include <zlib.h>

#include <algorithm>

#include "base/file.h"
#include "base/sha256.h"

namespace gobox::api {
namespace {

constexpr std::size_t kMaxFile = std::size_t{8} << 20;

// Names of ours are plain; nothing else reaches a file system.
bool is_plain(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return !name.empty() && name.size() <= 100 && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), fits);
}

std::string tag_of(std::string_view bytes) {
  constexpr std::size_t kDigits = 24;
  return "\"" + hex(sha256(bytes)).substr(0, kDigits) + "\"";
}

}  // namespace

Result<Assets> Assets::open(const std::string& directory) {
  Assets assets;
  assets.directory_ = directory;
  if (!directory.empty()) {
    const auto index = read_file(directory + "/index.html", kMaxFile);
    if (!index) return Error::caller("--web-dir " + directory + ": " + index.error().message);
    return assets;
  }
  for (const EmbeddedFile& file : embedded_files()) {
    assets.embedded_.emplace(std::string(file.name), Embedded{file.bytes, tag_of(file.bytes)});
  }
  return assets;
}

std::optional<Asset> Assets::load(const std::string& name) const {
  if (directory_.empty()) {
    const auto found = embedded_.find(name);
    if (found == embedded_.end()) return std::nullopt;
    return Asset{std::string(found->second.bytes), false, found->second.tag};
  }
  auto bytes = read_file(directory_ + "/" + name, kMaxFile);
  if (!bytes) return std::nullopt;
  const std::string tag = tag_of(*bytes);
  return Asset{std::move(*bytes), false, tag};
}

std::optional<Asset> Assets::find(const std::string& name) const {
  if (!is_plain(name)) return std::nullopt;
  if (auto asset = load(name)) return asset;
  auto asset = load(name + ".gz");
  if (asset) asset->gzipped = true;
  return asset;
}

std::string media_type_of(std::string_view name) {
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".svg")) return "image/svg+xml";
  if (name.ends_with(".json")) return "application/json";
  return "application/octet-stream";
}

std::string gunzip(std::string_view bytes, std::size_t most) {
  constexpr int kGzipWindow = 15 + 16;  // zlib.h: 16 more, and a gzip header is expected
  z_stream stream{};
  if (::inflateInit2(&stream, kGzipWindow) != Z_OK) return "";
  // zlib does not write there; its interface is older than const.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  int status = Z_OK;
  while (status == Z_OK && out.size() <= most) {
    constexpr std::size_t kPiece = std::size_t{64} << 10;
    const std::size_t before = out.size();
    out.resize(before + kPiece);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream.avail_out = static_cast<uInt>(kPiece);
    status = ::inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
  }
  ::inflateEnd(&stream);
  return status == Z_STREAM_END && out.size() <= most ? out : "";
}

bool takes_gzip(const Request& request) {
  std::string accepted = request.header("Accept-Encoding");
  while (!accepted.empty()) {
    std::string each = accepted.substr(0, accepted.find(','));
    accepted.erase(0, each.size() + 1);
    std::erase(each, ' ');
    const std::string coding = each.substr(0, each.find(';'));
    if (coding != "gzip" && coding != "*") continue;
    const std::string weight = each.substr(coding.size());
    // "q=0", "q=0.0", "q=0.00" and "q=0.000" are all there is of never.
    return !weight.starts_with(";q=0") || weight.find_first_of("123456789") != std::string::npos;
  }
  return false;
}

bool has_already(const Request& request, const std::string& tag) {
  const std::string known = request.header("If-None-Match");
  return known == "*" || known.find(tag) != std::string::npos;
}

}  // namespace gobox::api
