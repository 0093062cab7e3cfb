#include "runner/job/test_flow.h"

#include "runner/job/run_stage.h"

namespace gobox::runner {
namespace {

// A directory of the workspace as the go command names it when it stands in `module`.
std::string package_name(const std::string& module, const std::string& directory) {
  if (directory.size() <= module.size()) return "./";
  return "./" + directory.substr(module.empty() ? 0 : module.size() + 1);
}

}  // namespace

Result<void> run_tests(const JobContext& context, CompileStage& compiler, StageExecutor& executor,
                       StageRecord& record) {
  const Workspace& workspace = context.job.workspace;
  const std::vector<std::string> directories =
      test_directories(workspace, build_target_of(context));
  if (directories.empty()) return Error::caller("there is no _test.go file to test");
  for (const std::string& directory : directories) {
    const std::string module = module_directory_of(workspace, directory);
    Compiled compiled = TRY(compiler.test_binary(module, package_name(module, directory)));
    if (record.add(std::move(compiled.stage)) == Next::kStop) return {};
    StageResult tested = TRY(run_binary(
        context, executor,
        {.kind = StageKind::kTest, .binary = compiled.binary.get(), .directory = directory}));
    const bool failed = tested.outcome == Outcome::kExited;
    if (record.add(std::move(tested)) == Next::kStop && !failed) return {};
  }
  return {};
}

}  // namespace gobox::runner
