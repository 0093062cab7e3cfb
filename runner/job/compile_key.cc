#include "runner/job/compile_key.h"

namespace gobox::runner {
namespace {

void add_limits(Sha256& hash, const policies::Limits& limits) {
  for (const std::uint64_t limit :
       {static_cast<std::uint64_t>(limits.wall.count()),
        static_cast<std::uint64_t>(limits.cpu.value_or(Nanoseconds(0)).count()),
        limits.memory_bytes, limits.pids, limits.disk_bytes, limits.disk_inodes,
        limits.output_bytes, limits.file_bytes, static_cast<std::uint64_t>(limits.cpus * 1000)}) {
    hash.update_field(std::to_string(limit));
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
}

}  // namespace

// The cache's directory names the toolchain, which installation of it, and the variant; the limits
// are in, because they decide too.
Sha256Digest compile_key(const JobContext& context, const StageOrder& order) {
  const policies::StagePolicy& policy = context.policy_of(order.kind);
  Sha256 hash;
  hash.update_field("compile 1");
  hash.update_field(context.job.cache_scope);
  hash.update_field(context.cache.string());
  hash.update_field(policy.name);
  add_limits(hash, policy.limits);
  add_program(hash, order.program);
  hash.update_field(order.direct != nullptr ? "direct" : "go");
  if (order.direct != nullptr) {
    for (const sandbox::ProgramStart& program : order.direct->programs) add_program(hash, program);
  }
  add_sources(hash, *order.inputs);
  return hash.finish();
}

}  // namespace gobox::runner
