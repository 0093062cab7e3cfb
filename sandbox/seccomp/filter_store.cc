// SPDX-License-Identifier: Apache-2.0

#include "sandbox/seccomp/filter_store.h"

#include <fcntl.h>
#include <seccomp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <list>
#include <memory>
#include <mutex>
#include <optional>

#include "base/file.h"
#include "base/sha256.h"

namespace gobox::sandbox {
namespace {

constexpr std::size_t kDigestSize = sizeof(Sha256Digest);
constexpr std::size_t kMaxInstructions = 4096;  // BPF_MAXINSNS
constexpr int kFormat = 2;

class KeyBuilder {
 public:
  void add(const std::string& text) { hash_.update_field(text); }

  void add(std::uint64_t number) { add(std::to_string(number)); }

  std::string finish() { return hex(hash_.finish()); }

 private:
  Sha256 hash_;
};

}  // namespace

namespace {

std::string compute_key(const policies::Seccomp& policy, Watch watch) {
  KeyBuilder key;
  key.add(GOBOX_FILTER_DIGEST);
  const scmp_version* version = seccomp_version();
  for (const std::uint64_t number :
       {std::uint64_t{kFormat}, std::uint64_t{version->major}, std::uint64_t{version->minor},
        std::uint64_t{version->micro}, std::uint64_t{seccomp_arch_native()},
        static_cast<std::uint64_t>(watch), static_cast<std::uint64_t>(policy.default_errno),
        static_cast<std::uint64_t>(policy.on_forbidden)}) {
    key.add(number);
  }
  for (const policies::SyscallRule& rule : policy.rules) {
    key.add(rule.calls.size());
    for (const std::string& call : rule.calls) key.add(call);
    key.add(static_cast<std::uint64_t>(rule.action));
    key.add(static_cast<std::uint64_t>(rule.errno_value));
    key.add(rule.when.size());
    for (const policies::ArgumentTest& test : rule.when) {
      key.add(test.index);
      key.add(static_cast<std::uint64_t>(test.op));
      key.add(test.value);
      key.add(test.mask);
    }
  }
  return key.finish();
}

// Every run asks for the same few; comparing rules costs far less than hashing them.
class KnownKeys {
 public:
  std::optional<std::string> find(const policies::Seccomp& policy, Watch watch) {
    const std::lock_guard lock(mutex_);
    const auto known = std::ranges::find_if(
        keys_, [&](const Known& each) { return each.watch == watch && *each.policy == policy; });
    if (known == keys_.end()) return std::nullopt;
    keys_.splice(keys_.begin(), keys_, known);
    return known->key;
  }

  void add(std::shared_ptr<const policies::Seccomp> policy, Watch watch, const std::string& key) {
    const std::lock_guard lock(mutex_);
    keys_.push_front({std::move(policy), watch, key});
    if (keys_.size() > kMost) keys_.pop_back();
  }

 private:
  static constexpr std::size_t kMost = 16;  // a policy of ours has 0.1 MB

  struct Known {
    std::shared_ptr<const policies::Seccomp> policy;
    Watch watch = Watch::kPolicy;
    std::string key;
  };

  std::mutex mutex_;
  std::list<Known> keys_;  // the one asked for last comes first
};

KnownKeys& known_keys() {
  static KnownKeys keys;
  return keys;
}

}  // namespace

std::string filter_key(const policies::Seccomp& policy, Watch watch) {
  if (auto known = known_keys().find(policy, watch)) return std::move(*known);
  std::string key = compute_key(policy, watch);
  known_keys().add(std::make_shared<const policies::Seccomp>(policy), watch, key);
  return key;
}

namespace {

std::string_view bytes_of(const Sha256Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::optional<std::vector<sock_filter>> read(const std::string& path) {
  const auto file = open_at(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!file) return std::nullopt;

  struct stat status {};

  if (::fstat(file->get(), &status) != 0 || !S_ISREG(status.st_mode) ||
      status.st_uid != ::geteuid() || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return std::nullopt;
  }
  const auto bytes = read_fd(file->get(), kMaxInstructions * sizeof(sock_filter) + kDigestSize);
  if (!bytes || bytes->size() <= kDigestSize) return std::nullopt;
  const std::string_view filter(bytes->data(), bytes->size() - kDigestSize);
  if (filter.size() % sizeof(sock_filter) != 0) return std::nullopt;
  if (std::string_view(*bytes).substr(filter.size()) != bytes_of(sha256(filter))) {
    return std::nullopt;
  }
  std::vector<sock_filter> instructions(filter.size() / sizeof(sock_filter));
  std::memcpy(instructions.data(), filter.data(), filter.size());
  return instructions;
}

// Under a name of our own first: a reader sees all of it or nothing.
void write(const std::string& directory, const std::string& path,
           const std::vector<sock_filter>& instructions) {
  ::mkdir(directory.c_str(), 0755);
  const std::string_view filter(reinterpret_cast<const char*>(instructions.data()),
                                instructions.size() * sizeof(sock_filter));
  std::string draft = directory + "/draft-XXXXXX";
  const UniqueFd file(::mkostemp(draft.data(), O_CLOEXEC));
  if (!file) return;
  const bool written = write_all(file.get(), filter).has_value() &&
                       write_all(file.get(), bytes_of(sha256(filter))).has_value() &&
                       ::rename(draft.c_str(), path.c_str()) == 0;
  if (!written) ::unlink(draft.c_str());
}

}  // namespace

Result<SeccompFilter> FilterStore::filter(const policies::Seccomp& policy, Watch watch) const {
  if (directory_.empty()) return SeccompFilter::compile(policy, watch);
  const std::string path = directory_ + "/" + filter_key(policy, watch);
  if (auto known = read(path)) {
    return SeccompFilter{std::move(*known), std::make_shared<const policies::Seccomp>(policy)};
  }
  SeccompFilter compiled = TRY(SeccompFilter::compile(policy, watch));
  write(directory_, path, compiled.instructions);
  return compiled;
}

}  // namespace gobox::sandbox
