// SPDX-License-Identifier: Apache-2.0

#pragma once

// PolicySet: the policies of one directory, read, resolved and checked once at start-up.
//
// Every *.json file of the directory is one policy, named by the file: "kind": "stage" for one
// sandbox, "kind": "job" for the stages of a job (policies/policy.h; the format is in
// docs/policies.md). A user's own file joins the set with add_file(); it may refer to the
// directory's policies, never the other way round, and never replaces one.
//
// Errors about a file's content are of kind caller and start with "FILE:LINE:COLUMN: path: "; a
// directory that cannot be read is of kind host. A set that has loaded is wholly valid: asking it
// for a name that it lists cannot fail. Owns its data; const members may be called from many
// threads.

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "policies/job_reader.h"
#include "policies/policy.h"

namespace gobox::policies {

class PolicySet {
 public:
  // A file of `own` wins over one of `directory` that has its name, and may bring a new one; "" or
  // a folder without policies: there is none.
  static Result<PolicySet> load(const std::filesystem::path& directory,
                                const std::filesystem::path& own = {});
  // The shipped ones, and the operator's where these binaries are installed (policies/directory.h).
  static Result<PolicySet> load_shipped();

  // An Error of kind caller that lists the known names where there is none such.
  Result<StagePolicy> stage(std::string_view name) const;
  Result<JobPolicy> job(std::string_view name) const;

  // Sorted; without what add_file() brought.
  std::vector<std::string> stage_names() const;
  std::vector<std::string> job_names() const;

  // Reads a user's file (or its text) and returns the name by which job(), stage() and show() now
  // know it. The name in the policy itself is the file's, without folder and extension.
  Result<std::string> add_file(const std::filesystem::path& file);
  Result<std::string> add_text(std::string_view name, std::string_view text);
  // For --policy NAME|FILE: a listed name is returned as it is; anything that has a "/" or ends in
  // ".json" goes through add_file().
  Result<std::string> choose(std::string_view name_or_file);

  // Would add_file() take it? `name` is the file as messages shall call it.
  Result<void> check_file(const std::filesystem::path& file) const;
  Result<void> check_text(std::string_view name, std::string_view text) const;

  // The policy, stage or job, as JSON with everything it extends filled in (policies/render.h).
  Result<std::string> show(std::string_view name) const;

 private:
  using Stages = std::map<std::string, SharedStage, std::less<>>;
  using Jobs = std::map<std::string, JobPlan, std::less<>>;

  Error unknown(std::string_view wanted, std::string_view name) const;

  // With rules that repeat the default kept: inheritance and show() want them.
  Stages stages_;
  Jobs jobs_;
  // What add_text() brought, by the name it was given.
  Stages added_stages_;
  Jobs added_jobs_;
};

}  // namespace gobox::policies
