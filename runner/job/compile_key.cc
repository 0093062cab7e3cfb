// SPDX-License-Identifier: Apache-2.0

#include "runner/job/compile_key.h"

#include "sandbox/seccomp/filter_store.h"

namespace gobox::runner {
namespace {

void add_limits(Sha256& hash, const policies::Limits& limits) {
  for (const std::uint64_t limit :
       {static_cast<std::uint64_t>(limits.wall.count()),
        static_cast<std::uint64_t>(limits.cpu.value_or(Nanoseconds(0)).count()),
        limits.memory_bytes, limits.pids, limits.disk_bytes, limits.disk_inodes,
        limits.output_bytes, limits.file_bytes, limits.open_files,
        static_cast<std::uint64_t>(limits.cpus * 1000)}) {
    hash.update_field(std::to_string(limit));
  }
}

// By what it says, for two policies of one name need not be one.
void add_policy(Sha256& hash, const policies::StagePolicy& policy) {
  add_limits(hash, policy.limits);
  hash.update_field(policy.network == policies::Network::kLoopback ? "loopback" : "none");
  hash.update_field(sandbox::filter_key(policy.seccomp, sandbox::Watch::kPolicy));
  hash.update_field(std::to_string(policy.binds.size()));
  for (const policies::Bind& bind : policy.binds) {
    hash.update_field(bind.source);
    hash.update_field(bind.target);
    hash.update_field(bind.optional ? "optional" : "required");
  }
}

void add_program(Sha256& hash, const sandbox::ProgramStart& program) {
  for (const auto* list : {&program.arguments, &program.environment}) {
    hash.update_field(std::to_string(list->size()));
    for (const std::string& each : *list) hash.update_field(each);
  }
  hash.update_field(program.working_directory);
}

void add_sources(Sha256& hash, const Workspace& sources) {
  hash.update_field(std::to_string(sources.files.size()));
  for (const SourceFile& file : sources.files) {
    hash.update_field(file.path);
    hash.update_field(file.executable ? "x" : "-");
    hash.update_field(file.bytes);
  }
  hash.update_field(std::to_string(sources.links.size()));
  for (const SourceLink& link : sources.links) {
    hash.update_field(link.path);
    hash.update_field(link.target);
  }
  hash.update_field(std::to_string(sources.directories.size()));
  for (const std::string& path : sources.directories) hash.update_field(path);
}

}  // namespace

// The cache's directory names the toolchain, which installation of it, and the variant; the limits
// are in, because they decide too.
Sha256Digest compile_key(const JobContext& context, const StageOrder& order) {
  const policies::StagePolicy& policy = context.policy_of(order.kind);
  Sha256 hash;
  hash.update_field("compile 2");
  hash.update_field(context.job.cache_scope);
  hash.update_field(context.cache.string());
  for (const policies::Bind& bind : order.binds) hash.update_field(bind.source);
  add_policy(hash, policy);
  add_program(hash, order.program);
  hash.update_field(order.direct != nullptr ? "direct" : "go");
  if (order.direct != nullptr) {
    for (const sandbox::ProgramStart& program : order.direct->programs) add_program(hash, program);
  }
  add_sources(hash, *order.inputs);
  return hash.finish();
}

}  // namespace gobox::runner
