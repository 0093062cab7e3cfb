// SPDX-License-Identifier: Apache-2.0

#include "runner/diagnosis/probe.h"

#include <elf.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "runner/diagnosis/line_cursor.h"
#include "runner/golang/probe_source.h"

namespace gobox::runner {
namespace {

constexpr std::size_t kSequenceAt = 32;
constexpr std::size_t kStatsAt = 40;
constexpr std::size_t kSitesAt = 512;
constexpr std::size_t kMaxData = std::size_t{64} << 20;  // of initialised data searched
constexpr unsigned kMaxHeaders = 64;

bool read_exactly(int file, void* into, std::size_t size, std::uint64_t offset) {
  return ::pread(file, into, size, static_cast<off_t>(offset)) == static_cast<ssize_t>(size);
}

// Where the magic lies in a writable segment, as an address.
std::uint64_t find_in_segment(int file, const Elf64_Phdr& segment) {
  if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) == 0) return 0;
  std::string data(std::min<std::size_t>(segment.p_filesz, kMaxData), '\0');
  if (!read_exactly(file, data.data(), data.size(), segment.p_offset)) return 0;
  const std::size_t at = data.find(kProbeMagic);
  return at == std::string::npos ? 0 : segment.p_vaddr + at;
}

std::uint64_t find_page(int file) {
  Elf64_Ehdr header{};
  if (!read_exactly(file, &header, sizeof header, 0)) return 0;
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_type != ET_EXEC) return 0;
  for (unsigned i = 0; i < std::min<unsigned>(header.e_phnum, kMaxHeaders); ++i) {
    Elf64_Phdr segment{};
    if (!read_exactly(file, &segment, sizeof segment, header.e_phoff + i * sizeof segment)) break;
    if (const std::uint64_t address = find_in_segment(file, segment)) return address;
  }
  return 0;
}

bool copy_from(pid_t pid, std::uint64_t address, void* into, std::size_t size) {
  const iovec here{into, size};
  const iovec there{std::bit_cast<void*>(address), size};  // in that process, not in ours
  return ::process_vm_readv(pid, &here, 1, &there, 1, 0) == static_cast<ssize_t>(size);
}

// Zero-terminated text within the page.
std::string_view text_at(std::string_view page, std::size_t begin, std::size_t end) {
  const std::string_view part = page.substr(begin, end - begin);
  return part.substr(0, part.find('\0'));
}

// Decimal numbers separated by blanks; false unless exactly `count` stand there.
bool read_numbers(std::string_view line, std::uint64_t* numbers, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t blank = line.find(' ');
    const auto number = parse_decimal(line.substr(0, blank));
    if (!number || blank == std::string_view::npos) return false;
    numbers[i] = *number;
    line.remove_prefix(blank + 1);
  }
  return line.empty();
}

std::optional<Frame> read_frame(std::string_view line, const UserPaths& paths) {
  const std::size_t file = line.find('\t');
  const std::size_t number = line.rfind('\t');
  if (file == std::string_view::npos || number <= file) return std::nullopt;
  std::string_view digits = line.substr(number + 1);
  if (!digits.ends_with(' ')) return std::nullopt;
  digits.remove_suffix(1);
  const auto at = parse_decimal(digits);
  if (!at || *at > 100'000'000) return std::nullopt;
  return make_frame(line.substr(0, file),
                    {line.substr(file + 1, number - file - 1), static_cast<int>(*at)}, paths);
}

std::vector<HeapSite> read_sites(std::string_view text, const UserPaths& paths) {
  std::vector<HeapSite> sites;
  LineCursor lines(text);
  for (std::string_view line; lines.next(line);) {
    std::uint64_t numbers[3];
    if (line.starts_with('\t')) {
      if (sites.empty() || sites.back().frames.size() >= kMaxFrames) continue;
      if (auto frame = read_frame(line.substr(1), paths)) {
        sites.back().frames.push_back(std::move(*frame));
      }
    } else if (lines.complete() && read_numbers(line, numbers, 3)) {
      sites.push_back(estimate_site(numbers[0], numbers[1], numbers[2]));
    }
  }
  std::stable_sort(sites.begin(), sites.end(),
                   [](const HeapSite& a, const HeapSite& b) { return a.bytes > b.bytes; });
  return sites;
}

}  // namespace

// The runtime samples one allocation in `rate` bytes; small objects are seen by luck alone, in
// proportion to their size. The correction is the one package runtime/pprof applies.
HeapSite estimate_site(std::uint64_t bytes, std::uint64_t objects, std::uint64_t rate) {
  HeapSite site{.bytes = bytes, .objects = objects, .frames = {}};
  if (objects == 0 || rate <= 1) return site;
  const double size = static_cast<double>(bytes) / static_cast<double>(objects);
  const double seen = 1 - std::exp(-size / static_cast<double>(rate));
  if (seen <= 0) return site;
  constexpr double kMost = 1e15;
  site.bytes = static_cast<std::uint64_t>(std::min(kMost, static_cast<double>(bytes) / seen));
  site.objects = static_cast<std::uint64_t>(std::min(kMost, static_cast<double>(objects) / seen));
  return site;
}

std::optional<HeapReport> parse_probe(std::string_view page, const UserPaths& paths) {
  if (page.size() != kProbePageSize || !page.starts_with(kProbeMagic)) return std::nullopt;
  std::uint64_t numbers[8];
  if (!read_numbers(text_at(page, kStatsAt, kSitesAt), numbers, 8)) return std::nullopt;
  HeapReport report;
  report.collections = numbers[0];
  report.heap_bytes = numbers[1];
  report.stack_bytes = numbers[2];
  report.goroutines = numbers[3];
  report.gc_cpu_share = std::min(1.0, static_cast<double>(numbers[4]) / 1000);
  report.next_goal = numbers[5];
  report.system_bytes = numbers[6];
  report.forced_collections = numbers[7];
  report.sites = read_sites(text_at(page, kSitesAt, kProbeGroupsAt), paths);
  return report;
}

ProbeReader ProbeReader::of_binary(int binary) {
  ProbeReader reader;
  reader.address_ = find_page(binary);
  return reader;
}

void ProbeReader::look(const std::vector<pid_t>& pids) {
  if (!has_page()) return;
  if (pid_ != 0 && look_at(pid_)) return;
  for (const pid_t pid : pids) {
    if (pid > 0 && look_at(pid)) {
      pid_ = pid;
      return;
    }
  }
}

// The program may be writing: a copy counts when the sequence is even and the same before and
// after.
bool ProbeReader::look_at(pid_t pid) {
  scratch_.resize(kProbePageSize);
  if (!copy_from(pid, address_, scratch_.data(), scratch_.size())) return false;
  if (!std::string_view(scratch_).starts_with(kProbeMagic)) return false;
  const char before = scratch_[kSequenceAt];
  char after = 0;
  if (!copy_from(pid, address_ + kSequenceAt, &after, 1)) return false;
  if (before == after && (before & 1) == 0) page_.swap(scratch_);
  return true;
}

}  // namespace gobox::runner
