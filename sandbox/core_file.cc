// SPDX-License-Identifier: Apache-2.0

#include "sandbox/core_file.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>

#include "base/file.h"
#include "base/unique_fd.h"

namespace gobox::sandbox {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::size_t kBatch = 256;  // pages read at once
constexpr std::size_t kMaxMaps = std::size_t{16} << 20;

// Of an entry of /proc/PID/pagemap (pagemap.rst of the kernel's admin guide).
constexpr std::uint64_t kPagePresent = std::uint64_t{1} << 63;
constexpr std::uint64_t kSwapped = std::uint64_t{1} << 62;
constexpr std::uint64_t kOfFile = std::uint64_t{1} << 61;  // or shared

#if defined(__x86_64__)
constexpr std::uint16_t kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t kMachine = EM_AARCH64;
#else
#error "core files are written for x86-64 and arm64"
#endif

struct Mapping {
  // What is written of it: nothing, all of it, what is there, the first page.
  enum class Keep { kNothing, kAll, kPresent, kFirstPage };

  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t offset = 0;  // in the mapped file
  std::uint32_t flags = 0;   // PF_*
  std::string file;
  Keep keep = Keep::kNothing;
  std::uint64_t written = 0;  // p_filesz
  std::uint64_t at = 0;       // p_offset
};

bool take_hex(std::string_view& text, char end, std::uint64_t& value) {
  const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (failure != std::errc() || stop == text.data() + text.size() || *stop != end) return false;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()) + 1);
  return true;
}

// "begin-end rwxp offset major:minor inode   name" (proc(5)).
bool parse_mapping(std::string_view line, Mapping& mapping) {
  if (!take_hex(line, '-', mapping.begin) || !take_hex(line, ' ', mapping.end)) return false;
  if (line.size() < 5) return false;
  const bool reads = line[0] == 'r';
  const bool writes = line[1] == 'w';
  const bool shared = line[3] == 's';
  mapping.flags = (reads ? PF_R : 0U) | (writes ? PF_W : 0U) | (line[2] == 'x' ? PF_X : 0U);
  line.remove_prefix(5);
  if (!take_hex(line, ' ', mapping.offset)) return false;
  const std::size_t name = line.find_first_of("/[");
  const std::string_view named = name == std::string_view::npos ? "" : line.substr(name);
  if (named.starts_with('/')) mapping.file = named;
  const bool special = named == "[vvar]" || named == "[vsyscall]" || named == "[vvar_vclock]";
  if (special || shared || (!reads && !writes)) {
    mapping.keep = Mapping::Keep::kNothing;
  } else if (named == "[vdso]") {
    mapping.keep = Mapping::Keep::kAll;
  } else if (mapping.file.empty()) {
    mapping.keep = Mapping::Keep::kPresent;
  } else if (writes) {
    // A hole would hide what the file says there.
    mapping.keep = Mapping::Keep::kAll;
  } else if (mapping.offset == 0) {
    mapping.keep = Mapping::Keep::kFirstPage;
  }
  return mapping.begin < mapping.end && mapping.begin % kPage == 0 && mapping.end % kPage == 0;
}

void add_note(std::string& notes, std::uint32_t type, const void* bytes, std::size_t size) {
  constexpr char kName[8] = "CORE";  // padded to four
  const Elf64_Nhdr header{.n_namesz = 5, .n_descsz = static_cast<Elf64_Word>(size), .n_type = type};
  notes.append(reinterpret_cast<const char*>(&header), sizeof header);
  notes.append(kName, sizeof kName);
  notes.append(static_cast<const char*>(bytes), size);
  notes.resize((notes.size() + 3) / 4 * 4);
}

template <typename T>
void add_note(std::string& notes, std::uint32_t type, const T& value) {
  add_note(notes, type, &value, sizeof value);
}

void add_number(std::string& text, std::uint64_t value) {
  text.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// struct user_regs_struct and the rest stand in <sys/procfs.h> as the kernel writes them.
void add_threads(std::string& notes, pid_t process, const std::vector<ThreadRegisters>& threads) {
  for (const ThreadRegisters& each : threads) {
    elf_prstatus status{};
    status.pr_info.si_signo = each.signal;
    status.pr_cursig = static_cast<short>(each.signal);
    status.pr_pid = each.thread;
    status.pr_ppid = 1;
    status.pr_pgrp = process;
    status.pr_sid = process;
    std::memcpy(&status.pr_reg, &each.general, sizeof status.pr_reg);
    status.pr_fpvalid = 1;
    add_note(notes, NT_PRSTATUS, status);
    add_note(notes, NT_PRFPREG, each.floating);
  }
}

void add_process(std::string& notes, pid_t process, const std::string& command) {
  elf_prpsinfo info{};
  info.pr_sname = 't';
  info.pr_pid = process;
  std::string line(command);
  std::replace(line.begin(), line.end(), '\0', ' ');
  const std::string name = line.substr(0, line.find(' '));
  const std::string base = name.substr(name.rfind('/') + 1);
  base.copy(info.pr_fname, sizeof info.pr_fname - 1);
  line.copy(info.pr_psargs, sizeof info.pr_psargs - 1);
  add_note(notes, NT_PRPSINFO, info);
}

// Which file is mapped where: numbers first, then the names.
void add_files(std::string& notes, const std::vector<Mapping>& mappings) {
  std::string numbers, names;
  std::uint64_t count = 0;
  for (const Mapping& each : mappings) {
    if (each.file.empty()) continue;
    ++count;
    add_number(numbers, each.begin);
    add_number(numbers, each.end);
    add_number(numbers, each.offset / kPage);
    names.append(each.file.c_str(), each.file.size() + 1);
  }
  std::string bytes;
  add_number(bytes, count);
  add_number(bytes, kPage);
  bytes += numbers + names;
  add_note(notes, NT_FILE, bytes.data(), bytes.size());
}

class CoreWriter {
 public:
  CoreWriter(int file, UniqueFd memory, UniqueFd pagemap, std::uint64_t most_bytes)
      : file_(file),
        memory_(std::move(memory)),
        pagemap_(std::move(pagemap)),
        most_bytes_(most_bytes) {}

  // Memory first: how much of each mapping there is stands in the headers before it.
  Result<CoreSize> write(std::vector<Mapping>& mappings, const std::string& notes) {
    const std::uint64_t headers =
        sizeof(Elf64_Ehdr) + (mappings.size() + 1) * sizeof(Elf64_Phdr) + notes.size();
    at_ = (headers + kPage - 1) / kPage * kPage;
    for (Mapping& each : mappings) TRY(write_mapping(each));
    if (::ftruncate(file_, static_cast<off_t>(at_)) != 0) return Error::system("ftruncate");
    TRY(put(headers_of(mappings, notes.size()) + notes, 0));
    return size_;
  }

 private:
  static std::string headers_of(const std::vector<Mapping>& mappings, std::size_t notes_size) {
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_CORE;
    header.e_machine = kMachine;
    header.e_version = EV_CURRENT;
    header.e_phoff = sizeof header;
    header.e_ehsize = sizeof header;
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = static_cast<Elf64_Half>(mappings.size() + 1);
    std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
    Elf64_Phdr note{};
    note.p_type = PT_NOTE;
    note.p_offset = sizeof header + (mappings.size() + 1) * sizeof note;
    note.p_filesz = notes_size;
    note.p_align = 4;
    bytes.append(reinterpret_cast<const char*>(&note), sizeof note);
    for (const Mapping& each : mappings) {
      Elf64_Phdr load{};
      load.p_type = PT_LOAD;
      load.p_flags = each.flags;
      load.p_offset = each.at;
      load.p_vaddr = each.begin;
      load.p_filesz = each.written;
      load.p_memsz = each.end - each.begin;
      load.p_align = kPage;
      bytes.append(reinterpret_cast<const char*>(&load), sizeof load);
    }
    return bytes;
  }

  Result<void> write_mapping(Mapping& mapping) {
    mapping.at = at_;
    if (mapping.keep == Mapping::Keep::kNothing) return {};
    std::uint64_t pages = (mapping.end - mapping.begin) / kPage;
    if (mapping.keep == Mapping::Keep::kFirstPage) pages = 1;
    for (std::uint64_t done = 0; done < pages && !size_.cut;) {
      const std::uint64_t batch = std::min<std::uint64_t>(kBatch, pages - done);
      TRY(write_batch(mapping, done, batch));
      done += batch;
    }
    at_ += mapping.written;
    return {};
  }

  // Neighbouring pages that are there are read together.
  Result<void> write_batch(Mapping& mapping, std::uint64_t first, std::uint64_t count) {
    std::uint64_t entries[kBatch];
    if (mapping.keep == Mapping::Keep::kPresent) {
      if ((seen_ += count) > kMaxPagesSeen) size_.cut = true;
      const auto offset = static_cast<off_t>((mapping.begin / kPage + first) * sizeof entries[0]);
      const auto wanted = static_cast<ssize_t>(count * sizeof entries[0]);
      if (size_.cut ||
          ::pread(pagemap_.get(), entries, count * sizeof entries[0], offset) != wanted)
        return {};
    } else {
      std::fill(entries, entries + count, kPagePresent);
    }
    const auto there = [&](std::uint64_t page) {
      return (entries[page] & (kPagePresent | kSwapped)) != 0 && (entries[page] & kOfFile) == 0;
    };
    for (std::uint64_t page = 0; page < count && !size_.cut;) {
      std::uint64_t end = page;
      while (end < count && there(end)) ++end;
      if (end > page) TRY(write_pages(mapping, first + page, end - page));
      page = std::max(end, page + 1);
    }
    return {};
  }

  Result<void> write_pages(Mapping& mapping, std::uint64_t first, std::uint64_t count) {
    static constexpr char kZeros[kPage] = {};
    buffer_.resize(count * kPage);
    const std::uint64_t address = mapping.begin + first * kPage;
    const ssize_t got =
        ::pread(memory_.get(), buffer_.data(), buffer_.size(), static_cast<off_t>(address));
    if (got <= 0) return {};  // not to be read: a hole
    for (std::uint64_t at = 0; at + kPage <= static_cast<std::uint64_t>(got); at += kPage) {
      const std::uint64_t offset = first * kPage + at;
      const bool empty = std::memcmp(buffer_.data() + at, kZeros, kPage) == 0;
      if (mapping.keep == Mapping::Keep::kFirstPage &&
          std::memcmp(buffer_.data(), ELFMAG, SELFMAG) != 0) {
        return {};
      }
      if (empty) {
        if (mapping.keep == Mapping::Keep::kAll) mapping.written = offset + kPage;
        continue;
      }
      if (size_.bytes + kPage > most_bytes_) {
        size_.cut = true;
        return {};
      }
      TRY(put(std::string_view(buffer_).substr(at, kPage), mapping.at + offset));
      mapping.written = offset + kPage;
      size_.bytes += kPage;
    }
    return {};
  }

  Result<void> put(std::string_view bytes, std::uint64_t offset) const {
    while (!bytes.empty()) {
      const ssize_t wrote = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote <= 0) return Error::system("write the core file");
      bytes.remove_prefix(static_cast<std::size_t>(wrote));
      offset += static_cast<std::uint64_t>(wrote);
    }
    return {};
  }

  const int file_;
  const UniqueFd memory_;
  const UniqueFd pagemap_;
  const std::uint64_t most_bytes_;
  std::uint64_t at_ = 0;    // where the next mapping goes
  std::uint64_t seen_ = 0;  // pages
  std::string buffer_;
  CoreSize size_;
};

Result<std::vector<Mapping>> read_mappings(const std::string& process, bool& cut) {
  const std::string text = TRY(read_file(process + "/maps", kMaxMaps));
  std::vector<Mapping> mappings;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    Mapping mapping;
    if (parse_mapping(std::string_view(text).substr(begin, end - begin), mapping)) {
      if (mappings.size() == kMaxMappings) {
        cut = true;
        break;
      }
      mappings.push_back(std::move(mapping));
    }
    begin = end + 1;
  }
  return mappings;
}

}  // namespace

Result<CoreSize> write_core(int file, pid_t process, const std::vector<ThreadRegisters>& threads,
                            std::uint64_t most_bytes) {
  const std::string directory = "/proc/" + std::to_string(process);
  bool cut = false;
  std::vector<Mapping> mappings = TRY(read_mappings(directory, cut));
  const std::string vector = TRY(read_file(directory + "/auxv", 1 << 16));
  const auto command = read_file(directory + "/cmdline", 1 << 20);
  UniqueFd memory = TRY(open_at(AT_FDCWD, directory + "/mem", O_RDONLY));
  UniqueFd pagemap = TRY(open_at(AT_FDCWD, directory + "/pagemap", O_RDONLY));
  std::string notes;
  if (!threads.empty()) add_threads(notes, process, {threads.front()});
  add_process(notes, process, command ? *command : std::string());
  add_note(notes, NT_AUXV, vector.data(), vector.size());
  add_files(notes, mappings);
  if (threads.size() > 1) add_threads(notes, process, {threads.begin() + 1, threads.end()});
  if (::ftruncate(file, 0) != 0) return Error::system("ftruncate");
  CoreSize size = TRY(
      CoreWriter(file, std::move(memory), std::move(pagemap), most_bytes).write(mappings, notes));
  size.cut = size.cut || cut;
  return size;
}

Result<void> copy_program(int file, pid_t process, std::uint64_t most_bytes) {
  const std::string path = "/proc/" + std::to_string(process) + "/exe";
  const UniqueFd program = TRY(open_at(AT_FDCWD, path, O_RDONLY | O_NONBLOCK));

  struct stat status {};

  if (::fstat(program.get(), &status) != 0) return Error::system("fstat " + path);
  if (!S_ISREG(status.st_mode)) return Error::host("the program is no regular file");
  if (::ftruncate(file, 0) != 0) return Error::system("ftruncate");
  off_t at = 0;
  const std::uint64_t size =
      std::min<std::uint64_t>(static_cast<std::uint64_t>(status.st_size), most_bytes);
  std::string buffer(std::size_t{1} << 20, '\0');
  while (static_cast<std::uint64_t>(at) < size) {
    const std::size_t part =
        std::min<std::size_t>(buffer.size(), size - static_cast<std::uint64_t>(at));
    const ssize_t got = ::pread(program.get(), buffer.data(), part, at);
    if (got <= 0) return Error::system("read " + path);
    const ssize_t wrote = ::pwrite(file, buffer.data(), static_cast<std::size_t>(got), at);
    if (wrote != got) return Error::system("write the program beside its core");
    at += got;
  }
  return {};
}

}  // namespace gobox::sandbox
