// SPDX-License-Identifier: Apache-2.0

#include "tests/e2e/sandbox_run.h"

#include <boost/json.hpp>

#include "gtest/gtest.h"
#include "tests/support/host_state.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::tests {
namespace {

namespace json = boost::json;

// Orphans come to us, and at the end no process and no temporary file may be left.
class TracelessEnvironment : public ::testing::Environment {
 public:
  void SetUp() override {
    become_subreaper();
    temporary_ = std::make_unique<ScratchDirectory>();
    std::filesystem::permissions(temporary_->path(), std::filesystem::perms::all);
    ::setenv("TMPDIR", temporary_->path().c_str(), 1);
  }

  void TearDown() override {
    EXPECT_TRUE(std::filesystem::is_empty(temporary_->path())) << "files are left in TMPDIR";
    EXPECT_TRUE(eventually([] {
      reap_orphans();
      return host_state().processes.empty();
    })) << ::testing::PrintToString(host_state());
    temporary_.reset();
  }

 private:
  std::unique_ptr<ScratchDirectory> temporary_;
};

const ::testing::Environment* const kEnvironment =
    ::testing::AddGlobalTestEnvironment(new TracelessEnvironment);

Words whole_command(const Words& words) {
  Words command{GOBOX_SANDBOX_RUN};
  command.insert(command.end(), words.begin(), words.end());
  return command;
}

}  // namespace

ChildProcess start_sandbox_run(const Words& words, const CommandOptions& options) {
  return ChildProcess::start(whole_command(words), options);
}

CommandResult sandbox_run(const Words& words, const CommandOptions& options) {
  return start_sandbox_run(words, options).wait();
}

json::object sandbox_run_json(const Words& words, const CommandOptions& options) {
  const CommandResult ran = sandbox_run(with_flags(words, {"--json"}), options);
  std::error_code failure;
  const json::value value = json::parse(ran.out, failure);
  EXPECT_FALSE(failure) << failure.message() << "\ncommand: " << ::testing::PrintToString(words)
                        << "\nexit status " << ran.status.value_or(-1) << ", signal "
                        << ran.signal.value_or(0) << "\nstdout: " << ran.out.substr(0, 1000)
                        << "\nstderr: " << ran.err;
  if (failure || !value.is_object()) return {};
  return value.get_object();
}

Words with_flags(const Words& words, const Words& flags) {
  Words all = words;
  const bool form = !words.empty() && (words[0] == "exec" || words[0] == "test");
  all.insert(all.begin() + (form ? 1 : 0), flags.begin(), flags.end());
  return all;
}

std::string outcome_in_summary(const CommandResult& result) {
  const std::size_t line = result.err.rfind("--- ");
  if (line == std::string::npos) return "";
  return result.err.substr(line + 4, result.err.find(':', line) - line - 4);
}

std::string text_of(const json::object& object, const char* key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr) return "(absent)";
  return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

const json::object& stage_of(const json::object& result, const std::string& name) {
  static const json::object kNone;
  const json::value* stages = result.if_contains("stages");
  if (stages != nullptr && stages->is_array()) {
    for (const json::value& stage : stages->get_array()) {
      if (text_of(stage.get_object(), "name") == name) return stage.get_object();
    }
  }
  ADD_FAILURE() << "no stage " << name << " in " << json::serialize(result);
  return kNone;
}

std::string source_path(const std::string& relative) {
  return GOBOX_SOURCE_DIR "/" + relative;
}

bool soaking() {
  const char* value = std::getenv("GOBOX_TEST_SOAK");
  return value != nullptr && std::string(value) == "1";
}

}  // namespace gobox::tests
