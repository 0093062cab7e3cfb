// SPDX-License-Identifier: Apache-2.0

#include "api/playground/playground_format.h"

#include <boost/json.hpp>

#include "api/http/form.h"
#include "api/playground/go_json.h"
#include "api/playground/playground_job.h"
#include "api/runs/caller_rights.h"
#include "api/runs/run_request.h"
#include "runner/source/txtar.h"

namespace gobox::api {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxFiles = 20;

struct Formatted {
  std::string body;
  std::string error;
};

// The program's files in order, and whether the archive has to be put together again.
struct Split {
  std::vector<runner::SourceFile> files;
  bool has_comment = false;  // the first file is what stands before the first marker
  bool is_archive = false;
};

Split split(const std::string& body) {
  Split split;
  split.is_archive = runner::has_txtar_marker(body);
  if (!split.is_archive) {
    split.files.push_back({"prog.go", body});
    return split;
  }
  const runner::TxtarArchive archive = runner::parse_txtar(body, kMaxFiles + 1);
  split.has_comment = !archive.comment.empty();
  if (split.has_comment) split.files.push_back({"prog.go", std::string(archive.comment)});
  for (const runner::TxtarFile& file : archive.files) {
    split.files.push_back({std::string(file.name), std::string(file.data)});
  }
  return split;
}

std::string join(const Split& split) {
  if (!split.is_archive) return split.files.front().bytes.text();
  std::string comment;
  std::vector<runner::TxtarFile> files;
  for (const runner::SourceFile& file : split.files) {
    if (split.has_comment && &file == &split.files.front()) {
      comment = file.bytes.text();
    } else {
      files.push_back({file.path, file.bytes, {}});
    }
  }
  return runner::format_txtar(comment, files);
}

Result<runner::Job> make_job(const Services& services, const Split& split, bool imports) {
  runner::Job job;
  job.id = runner::new_job_id();
  job.policy = TRY(playground_policy(services));
  // It answers with all it was given.
  job.policy.run.limits.output_bytes = 4 * services.options.body_cap + (1U << 20);
  job.policy_name = services.options.playground_policy;
  job.cache_scope = "formatter";
  job.workspace = TRY(runner::workspace_from_source(formatter_source()));
  const auto toolchain = TRY(runner::find_toolchain(services.runs.toolchains(), ""));
  json::array files;
  for (const runner::SourceFile& file : split.files) {
    files.push_back({{"name", file.path}, {"data", file.bytes.view()}});
  }
  job.standard_input = json::serialize(json::object{
      {"root", toolchain.goroot.string()}, {"imports", imports}, {"files", std::move(files)}});
  return job;
}

// What the formatter wrote, into the files it was given.
Result<Formatted> read_answer(const runner::JobResult& result, Split split) {
  const runner::StageResult* stage = result.deciding();
  if (result.outcome != runner::Outcome::kOk || stage == nullptr) {
    const bool ours = result.outcome == runner::Outcome::kSandboxError || stage == nullptr;
    if (ours) return Error::host(result.message);
    return Formatted{"", "formatting " + result.message};
  }
  json::error_code failure;
  const json::value document = json::parse(stage->ending.text(false), failure);
  const json::object* object = failure ? nullptr : document.if_object();
  const json::value* files = object == nullptr ? nullptr : object->if_contains("files");
  const json::value* error = object == nullptr ? nullptr : object->if_contains("error");
  if (files == nullptr || !files->is_array() || error == nullptr || !error->is_string() ||
      files->get_array().size() != split.files.size()) {
    return Error::host("the formatter's answer is not what it should be");
  }
  if (!error->get_string().empty()) return Formatted{"", std::string(error->get_string())};
  for (std::size_t i = 0; i < split.files.size(); ++i) {
    const json::value* data = files->get_array()[i].is_object()
                                  ? files->get_array()[i].get_object().if_contains("data")
                                  : nullptr;
    if (data == nullptr || !data->is_string()) return Error::host("the formatter lost a file");
    split.files[i].bytes = std::string(data->get_string());
  }
  return Formatted{join(split), ""};
}

Response answer_of(const Formatted& formatted) {
  GoJson body;
  body.begin_object();
  body.member("Body", formatted.body);
  body.member("Error", formatted.error);
  body.end_object();
  Response response;
  response.body = body.text() + "\n";
  return response;
}

Response failed(const Error& error) {
  return render({500, error.message, std::nullopt, std::nullopt});
}

Response format(const Services& services, const Request& request) {
  const auto form = form_of(request);
  const auto body = form ? form->find("body") : decltype(form->find("body")){};
  if (!form || body == form->end()) return answer_of({"", ""});
  const auto imports = form->find("imports");
  const Split files = split(body->second);
  // The same rules for names and numbers as for running them.
  const auto checked =
      runner::workspace_from_source(body->second, "prog.go", {.max_files = kMaxFiles});
  if (!checked) return answer_of({"", checked.error().message});
  auto job = make_job(services, files, imports != form->end() && !imports->second.empty());
  if (!job) return failed(job.error());
  Submission submission;
  submission.memory_bytes = memory_needed(*job);
  submission.job = std::move(*job);
  if (const auto refused = submit_for(services, request.caller, submission)) {
    return render(*refused);
  }
  const auto accepted = services.runs.run_and_wait(std::move(submission), request.socket);
  if (const auto* problem = std::get_if<Problem>(&accepted)) return render(*problem);
  const auto& run = std::get<std::shared_ptr<Run>>(accepted);
  if (!run) return render({503, "the caller is gone", std::nullopt, std::nullopt});
  if (run->failure()) return failed(*run->failure());
  const auto formatted = read_answer(*run->result(), files);
  return formatted ? answer_of(*formatted) : failed(formatted.error());
}

}  // namespace

void add_playground_format(Router& router, const Services& services) {
  for (const char* path : {"/fmt", "/_/fmt"}) {
    router.add({"POST", path, [&](const Request& request) { return format(services, request); },
                false, true});
  }
}

}  // namespace gobox::api
