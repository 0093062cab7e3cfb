// SPDX-License-Identifier: Apache-2.0

#include "policies/stage_reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "policies/least_limits.h"
#include "policies/seccomp_reader.h"

namespace gobox::policies {
namespace {

constexpr std::uint64_t kMebi = 1ULL << 20;
constexpr std::uint64_t kMaxPids = 4'194'304;  // PID_MAX_LIMIT of 64-bit kernels
constexpr std::uint64_t kMaxInodes = 1ULL << 24;
constexpr std::uint64_t kLeastOpenFiles = 16;       // stdio, epoll, a pipe or two: Go needs these
constexpr std::uint64_t kMaxOpenFiles = 1'048'576;  // the usual fs.nr_open
constexpr std::chrono::minutes kMaxGrace{1};

// Directories the sandbox makes itself; a bind over them or under them would be lost or let the
// host's own show through.
constexpr std::array<std::string_view, 6> kOwnTargets = {"/proc", "/dev",  "/sys",
                                                         "/tmp",  "/work", "/run"};
// What no policy may show to a program: kernel interfaces and sockets of the host's services.
constexpr std::array<std::string_view, 4> kHiddenSources = {"/proc", "/dev", "/sys", "/run"};

Result<std::uint64_t> read_size(const Node& node, std::uint64_t least) {
  const std::uint64_t bytes = TRY(node.size());
  if (bytes < least) {
    return node.wrong(format_size(bytes) + " is too small; it must be at least " +
                      format_size(least));
  }
  return bytes;
}

Result<void> read_times(const Node& node, Limits& limits) {
  if (const auto value = node.find("wall")) limits.wall = TRY(value->duration());
  if (const auto value = node.find("cpu")) limits.cpu = TRY(value->duration());
  if (const auto value = node.find("grace")) {
    limits.grace = TRY(value->grace());
    if (limits.grace > kMaxGrace) return value->wrong("is too long; it may be at most 1m");
  }
  return {};
}

Result<OutputLimit> read_output_limit(const Node& node) {
  const std::string word = TRY(node.text());
  if (word == "kill") return OutputLimit::kKill;
  if (word == "truncate") return OutputLimit::kTruncate;
  return node.wrong("\"" + word + "\" is not one of kill, truncate");
}

Result<void> read_limits(const Node& node, Limits& limits) {
  TRY(node.expect_keys({"comment", "wall", "cpu", "grace", "memory", "cpus", "pids", "disk",
                        "inodes", "output", "output_limit", "open_files", "file_size"},
                       {"comment"}));
  TRY(node.at("comment").text());
  TRY(read_times(node, limits));
  // No program starts in less than a mebibyte: its page tables and stack alone take a part of that.
  if (const auto value = node.find("memory")) limits.memory_bytes = TRY(read_size(*value, kMebi));
  if (const auto value = node.find("cpus")) limits.cpus = TRY(value->cpus());
  if (const auto value = node.find("pids")) limits.pids = TRY(value->count(kLeastPids, kMaxPids));
  if (const auto value = node.find("disk")) limits.disk_bytes = TRY(read_size(*value, 4096));
  if (const auto value = node.find("inodes")) {
    limits.disk_inodes = TRY(value->count(16, kMaxInodes));
  }
  if (const auto value = node.find("output")) limits.output_bytes = TRY(value->size());
  if (const auto value = node.find("output_limit")) {
    limits.output_limit = TRY(read_output_limit(*value));
  }
  if (const auto value = node.find("open_files")) {
    limits.open_files = TRY(value->count(kLeastOpenFiles, kMaxOpenFiles));
  }
  if (const auto value = node.find("file_size")) limits.file_bytes = TRY(value->size());
  return {};
}

// What stands there, and the policy's own limit where nothing does.
Result<Limits> read_most(const Node& node, const Limits& limits) {
  Limits most = limits;
  TRY(read_limits(node, most));
  const auto refuse = [&](const char* key, bool less) -> Result<void> {
    if (less) return node.at(key).wrong("is less than what the policy's limits grant unasked");
    return {};
  };
  for (const char* key : {"grace", "inodes", "output_limit", "open_files", "file_size"}) {
    if (const auto value = node.find(key)) {
      return value->wrong_key("nobody can ask for this, so there is no most of it");
    }
  }
  TRY(refuse("wall", most.wall < limits.wall));
  TRY(refuse("cpu", limits.cpu && *most.cpu < *limits.cpu));
  TRY(refuse("memory", most.memory_bytes < limits.memory_bytes));
  TRY(refuse("cpus", most.cpus < limits.cpus));
  TRY(refuse("pids", most.pids < limits.pids));
  TRY(refuse("disk", most.disk_bytes < limits.disk_bytes));
  TRY(refuse("output", most.output_bytes < limits.output_bytes));
  return most;
}

Result<Network> read_network(const Node& node) {
  const std::string word = TRY(node.text());
  if (word == "none") return Network::kNone;
  if (word == "loopback") return Network::kLoopback;
  return node.wrong("\"" + word + "\" is not one of none, loopback; nothing else is offered");
}

Result<ProcView> read_proc(const Node& node) {
  const std::string word = TRY(node.text());
  if (word == "processes") return ProcView::kProcesses;
  if (word == "system") return ProcView::kSystem;
  return node.wrong("\"" + word + "\" is not one of processes, system");
}

bool is_or_is_below(std::string_view path, std::string_view directory) {
  return path == directory || (path.starts_with(directory) && path[directory.size()] == '/');
}

// An absolute path in its shortest form, so that comparing paths as text is comparing places.
Result<std::string> read_path(const Node& node) {
  const std::string path = TRY(node.text());
  if (path.front() != '/') return node.wrong("\"" + path + "\" is not an absolute path");
  if (path == "/") return node.wrong("\"/\" is the whole tree; name the folders that are needed");
  const std::string closed = path + "/";
  for (std::string_view part : {"//", "/./", "/../"}) {
    if (closed.find(part) != std::string::npos) {
      return node.wrong("\"" + path + "\" has an empty part, \".\" or \"..\" in it");
    }
  }
  return path;
}

template <std::size_t N>
Result<void> refuse_under(const Node& node, std::string_view path,
                          const std::array<std::string_view, N>& directories,
                          const std::string& reason) {
  for (std::string_view directory : directories) {
    if (is_or_is_below(path, directory)) {
      return node.wrong("\"" + std::string(path) + "\" is " + std::string(directory) +
                        " or below it, " + reason);
    }
  }
  return {};
}

Result<Bind> read_bind(const Node& node) {
  TRY(node.expect_keys({"comment", "source", "target", "optional"}, {"comment", "source"}));
  Bind bind;
  bind.comment = TRY(node.at("comment").text());
  bind.source = TRY(read_path(node.at("source")));
  TRY(refuse_under(node.at("source"), bind.source, kHiddenSources,
                   "which no program may see of the host"));
  const Node target = node.find("target").value_or(node.at("source"));
  bind.target = TRY(read_path(target));
  TRY(refuse_under(target, bind.target, kOwnTargets, "which the sandbox makes itself"));
  if (const auto value = node.find("optional")) bind.optional = TRY(value->boolean());
  return bind;
}

Result<void> read_binds(const Node& node, std::vector<Bind>& binds) {
  const std::vector<Node> elements = TRY(node.elements());
  for (const Node& element : elements) {
    Bind bind = TRY(read_bind(element));
    if (std::ranges::find(binds, bind.target, &Bind::target) != binds.end()) {
      return element.wrong("\"" + bind.target + "\" is the target of another bind already");
    }
    binds.push_back(std::move(bind));
  }
  return {};
}

}  // namespace

Result<StagePolicy> read_stage(const Node& node, std::string name, const StagePolicy& inherited) {
  TRY(node.expect_keys({"kind", "comment", "extends", "limits", "most", "network", "proc",
                        "inherit_binds", "binds", "seccomp"},
                       {"comment"}));
  TRY(node.at("comment").text());
  StagePolicy policy = inherited;
  policy.name = std::move(name);
  if (const auto value = node.find("limits")) TRY(read_limits(*value, policy.limits));
  policy.most = policy.limits;
  if (const auto value = node.find("most")) policy.most = TRY(read_most(*value, policy.limits));
  if (const auto value = node.find("network")) policy.network = TRY(read_network(*value));
  if (const auto value = node.find("proc")) policy.proc = TRY(read_proc(*value));
  if (const auto value = node.find("inherit_binds")) {
    const bool inherit = TRY(value->boolean());
    if (!inherit) policy.binds.clear();
  }
  if (const auto value = node.find("binds")) TRY(read_binds(*value, policy.binds));
  if (const auto value = node.find("seccomp")) {
    policy.seccomp = TRY(read_seccomp(*value, inherited.seccomp));
  }
  return policy;
}

}  // namespace gobox::policies
