// SPDX-License-Identifier: Apache-2.0

#include "runner/diagnosis/go_tables.h"

#include <elf.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace gobox::runner {
namespace {

constexpr unsigned kMaxSections = 256;
constexpr std::uint64_t kMaxNames = std::uint64_t{64} << 20;    // of a symbol table's names
constexpr std::uint64_t kMaxSymbols = std::uint64_t{64} << 20;  // bytes of symbols
constexpr std::uint64_t kMaxLines = std::uint64_t{128} << 20;   // of the line table
constexpr std::uint32_t kMagic118 = 0xfffffff0;
constexpr std::uint32_t kMagic120 = 0xfffffff1;

bool read_exactly(int file, void* into, std::uint64_t size, std::uint64_t offset) {
  auto* at = static_cast<char*>(into);
  while (size > 0) {
    const ssize_t got = ::pread(file, at, size, static_cast<off_t>(offset));
    if (got <= 0) return false;
    at += got;
    offset += static_cast<std::uint64_t>(got);
    size -= static_cast<std::uint64_t>(got);
  }
  return true;
}

std::optional<std::string> read_bytes(int file, std::uint64_t offset, std::uint64_t size,
                                      std::uint64_t most) {
  if (size == 0 || size > most) return std::nullopt;
  std::string bytes(size, '\0');
  if (!read_exactly(file, bytes.data(), size, offset)) return std::nullopt;
  return bytes;
}

std::string_view zero_ended(std::string_view bytes, std::uint64_t at) {
  if (at >= bytes.size()) return {};
  const std::string_view rest = bytes.substr(at);
  return rest.substr(0, rest.find('\0'));
}

// A value of seven bits a byte, lowest first; `at` moves behind it.
std::optional<std::uint32_t> read_varint(std::string_view bytes, std::uint64_t& at) {
  std::uint32_t value = 0;
  for (unsigned shift = 0; shift < 32 && at < bytes.size(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes[at++]);
    value |= static_cast<std::uint32_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  return std::nullopt;
}

// Of a build with -trimpath, whose files are named by their packages: package main, and import
// paths that begin with a host's name, unless a version stands in the file's.
bool is_own(const Frame& frame) {
  const std::string_view path =
      std::string_view(frame.function).substr(0, frame.function.find('/'));
  const bool hosted =
      frame.function.find('/') != std::string::npos && path.find('.') != std::string_view::npos;
  return frame.function.starts_with("main.") ||
         (hosted && frame.file.find('@') == std::string::npos);
}

std::int64_t unzigzag(std::uint32_t value) {
  const auto half = static_cast<std::int64_t>(value >> 1);
  return (value & 1) != 0 ? -half - 1 : half;
}

}  // namespace

std::optional<GoTables> GoTables::of_binary(UniqueFd file) {
  Elf64_Ehdr header{};
  const int fd = file.get();
  if (!read_exactly(fd, &header, sizeof header, 0)) return std::nullopt;
  const bool fits = std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
                    header.e_ident[EI_CLASS] == ELFCLASS64 && header.e_type == ET_EXEC;
  if (!fits || header.e_shnum > kMaxSections || header.e_shstrndx >= header.e_shnum) {
    return std::nullopt;
  }
  std::vector<Elf64_Shdr> sections(header.e_shnum);
  if (!read_exactly(fd, sections.data(), sections.size() * sizeof(Elf64_Shdr), header.e_shoff)) {
    return std::nullopt;
  }
  constexpr std::uint64_t kMaxSectionNames = 65536;
  const Elf64_Shdr& of_names = sections[header.e_shstrndx];
  const auto names = read_bytes(fd, of_names.sh_offset, of_names.sh_size, kMaxSectionNames);
  if (!names) return std::nullopt;
  GoTables tables;
  Section symbols;
  for (const Elf64_Shdr& each : sections) {
    const Section section{each.sh_offset, each.sh_size, each.sh_addr, each.sh_link};
    const std::string_view name = zero_ended(*names, each.sh_name);
    if (name == ".gopclntab") tables.lines_ = section;
    if (name == ".symtab") symbols = section;
  }
  if (tables.lines_.size == 0 || symbols.size == 0 || symbols.link >= sections.size()) {
    return std::nullopt;
  }
  tables.file_ = std::move(file);
  const Elf64_Shdr& strings = sections[symbols.link];
  if (!tables.read_symbols(symbols, {strings.sh_offset, strings.sh_size, 0, 0})) {
    return std::nullopt;
  }
  return tables;
}

bool GoTables::read_symbols(const Section& symbols, const Section& names) {
  const auto strings = read_bytes(file_.get(), names.offset, names.size, kMaxNames);
  const auto table = read_bytes(file_.get(), symbols.offset, symbols.size, kMaxSymbols);
  if (!strings || !table) return false;
  for (std::uint64_t at = 0; at + sizeof(Elf64_Sym) <= table->size(); at += sizeof(Elf64_Sym)) {
    Elf64_Sym symbol{};
    std::memcpy(&symbol, table->data() + at, sizeof symbol);
    if (symbol.st_name >= strings->size()) continue;
    const std::string_view rest = std::string_view(*strings).substr(symbol.st_name);
    if (!rest.starts_with("runtime.")) continue;
    const std::string_view name = rest.substr(0, rest.find('\0'));
    if (name == "runtime.mbuckets") heap_buckets_ = symbol.st_value;
    if (name == "runtime.MemProfileRate") sample_rate_ = symbol.st_value;
    if (name == "runtime.mProfCycle") profile_cycle_ = symbol.st_value;
    if (name == "runtime.text") text_start_ = symbol.st_value;
  }
  return heap_buckets_ != 0 && sample_rate_ != 0 && text_start_ != 0;
}

std::uint32_t GoTables::word(std::uint64_t at) const {
  std::uint32_t value = 0;
  if (at < table_.size() && table_.size() - at >= sizeof value) {
    std::memcpy(&value, table_.data() + at, sizeof value);
  }
  return value;
}

std::string_view GoTables::text_at(std::uint64_t at) const {
  return zero_ended(table_, at);
}

bool GoTables::load() {
  if (!table_.empty()) return count_ > 0;
  auto bytes = read_bytes(file_.get(), lines_.offset, lines_.size, kMaxLines);
  if (!bytes) return false;
  table_ = std::move(*bytes);
  if (!read_header()) return false;
  find_go_tree();
  return true;
}

// runtime.pcHeader: eight bytes, then eight words of eight.
bool GoTables::read_header() {
  constexpr std::uint64_t kWords = 8;
  if (table_.size() < 8 + kWords * 8) return false;
  const std::uint32_t magic = word(0);
  const bool known = magic == kMagic118 || magic == kMagic120;
  if (!known || static_cast<unsigned char>(table_[7]) != 8) return false;
  std::uint64_t fields[kWords];
  std::memcpy(fields, table_.data() + 8, sizeof fields);
  for (std::uint64_t i = 3; i < kWords; ++i) {
    if (fields[i] >= table_.size()) return false;
  }
  count_ = fields[0];
  names_ = fields[3];
  units_ = fields[4];
  files_ = fields[5];
  values_ = fields[6];
  functions_ = fields[7];
  return count_ > 0 && count_ < table_.size() / 8;
}

// The function's record, by halving the table of entries.
std::optional<std::uint64_t> GoTables::function_at(std::uint64_t address) const {
  if (address < text_start_ || address - text_start_ > 0xffffffffU) return std::nullopt;
  const auto wanted = static_cast<std::uint32_t>(address - text_start_);
  std::uint64_t low = 0, high = count_;
  while (low < high) {
    const std::uint64_t middle = (low + high) / 2;
    if (word(functions_ + middle * 8) <= wanted) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == 0) return std::nullopt;
  const std::uint64_t record = functions_ + word(functions_ + (low - 1) * 8 + 4);
  return record + 32 <= table_.size() ? std::optional(record) : std::nullopt;
}

// Pairs of how the value and the address go on (runtime.pcvalue); -1 where it says nothing.
std::int64_t GoTables::value_at(std::uint64_t table, std::uint64_t entry,
                                std::uint64_t address) const {
  if (table == 0) return -1;
  const std::string_view bytes(table_);
  std::uint64_t at = values_ + table;
  std::int64_t value = -1;
  std::uint64_t reached = entry;
  for (bool first = true;; first = false) {
    const auto step = read_varint(bytes, at);
    if (!step || (*step == 0 && !first)) return -1;
    value += unzigzag(*step);
    const auto advance = read_varint(bytes, at);
    if (!advance) return -1;
    reached += *advance;  // one byte is the least instruction, where this runs
    if (address < reached) return value;
  }
}

std::optional<Location> GoTables::place_in(std::uint64_t function, std::uint64_t address) const {
  const std::uint64_t entry = text_start_ + word(function);
  const std::int64_t file = value_at(word(function + 20), entry, address);
  const std::int64_t line = value_at(word(function + 24), entry, address);
  if (file < 0 || line < 0 || line > 100'000'000) return std::nullopt;
  const std::uint64_t unit = word(function + 32);
  const std::uint32_t offset = word(units_ + (unit + static_cast<std::uint64_t>(file)) * 4);
  if (offset == ~std::uint32_t{0}) return std::nullopt;
  return Location{text_at(files_ + offset), static_cast<int>(line)};
}

std::optional<Frame> GoTables::frame_of(std::uint64_t return_address,
                                        const UserPaths& paths) const {
  if (count_ == 0 || return_address == 0) return std::nullopt;
  const std::uint64_t address = return_address - 1;  // within the call
  const auto function = function_at(address);
  if (!function) return std::nullopt;
  const auto place = place_in(*function, address);
  if (!place) return std::nullopt;
  Frame frame = make_frame(text_at(names_ + word(*function + 4)), *place, paths);
  if (trimmed_ && paths.prefixes.empty()) frame.user = is_own(frame);
  return frame;
}

// Go's own tree is where the runtime's files lie: "/usr/local/go/src/runtime/malloc.go", or just
// "runtime/malloc.go" of a build with -trimpath.
void GoTables::find_go_tree() {
  constexpr std::string_view kRuntime = "/src/runtime/malloc.go";
  constexpr std::string_view kModules = "/pkg/mod/";
  const std::string_view names = std::string_view(table_).substr(files_, values_ - files_);
  for (std::uint64_t at = 0; values_ > files_ && at < names.size();) {
    const std::string_view name = zero_ended(names, at);
    at += name.size() + 1;
    trimmed_ = trimmed_ || name == kRuntime.substr(5);
    if (name.ends_with(kRuntime)) {
      paths_.go_roots.emplace_back(name.substr(0, name.size() - kRuntime.size()));
    }
    const std::size_t modules = name.find(kModules);
    if (modules == std::string_view::npos) continue;
    const std::string folder(name.substr(0, modules + kModules.size() - 1));
    const bool is_new =
        std::find(paths_.go_roots.begin(), paths_.go_roots.end(), folder) == paths_.go_roots.end();
    constexpr std::size_t kMostRoots = 8;
    if (is_new && paths_.go_roots.size() < kMostRoots) paths_.go_roots.push_back(folder);
  }
}

}  // namespace gobox::runner
