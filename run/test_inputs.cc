// SPDX-License-Identifier: Apache-2.0

#include "run/test_inputs.h"

#include <cstdlib>
#include <filesystem>

namespace gobox::run {
namespace {

namespace fs = std::filesystem;

bool names_directory(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

fs::path resolved(const fs::path& path) {
  std::error_code ignored;
  return fs::weakly_canonical(path, ignored);
}

// The nearest directory at or above with a file of that name; empty where there is none.
fs::path find_upward(fs::path directory, const char* name) {
  for (;;) {
    std::error_code ignored;
    if (fs::is_regular_file(directory / name, ignored)) return directory;
    if (directory == directory.parent_path()) return {};
    directory = directory.parent_path();
  }
}

fs::path module_root(const fs::path& directory) {
  return find_upward(directory, "go.mod");
}

fs::path workspace_root(const fs::path& directory) {
  const char* const wanted = std::getenv("GOWORK");
  const bool is_set = wanted != nullptr && *wanted != '\0';
  return is_set ? fs::path() : find_upward(directory, "go.work");
}

bool is_local_pattern(const std::string& input) {
  return input.starts_with("./") || input.starts_with("../");
}

bool lies_in(const fs::path& path, const fs::path& root) {
  const fs::path below = path.lexically_relative(root);
  return !below.empty() && *below.begin() != "..";
}

std::string below(const fs::path& path, const fs::path& root) {
  const std::string relative = path.lexically_relative(root).string();
  return relative == "." ? "" : relative;
}

// An absolute path is a name the inside does not know.
std::string pattern_from(const std::string& input, const fs::path& root, const fs::path& start) {
  if (!input.starts_with('/')) return input;
  const bool all = input.ends_with("/...");
  const fs::path path = resolved(all ? input.substr(0, input.size() - 4) : input);
  if (!lies_in(path, root)) return input;
  const std::string relative = path.lexically_relative(start).string();
  const std::string local = relative.starts_with("..") ? relative : "./" + relative;
  return all ? local + "/..." : local;
}

}  // namespace

Result<TestWords> sort_test_words(const std::vector<std::string>& words) {
  TestWords sorted;
  for (std::size_t at = 0; at < words.size();) {
    if (words[at] == "--" || words[at] == "-args" || words[at] == "--args") {
      sorted.arguments.assign(words.begin() + static_cast<long>(at) + 1, words.end());
      break;
    }
    const std::size_t taken = TRY(runner::take_test_flag(words, at, sorted.settings));
    if (taken == 0) {
      sorted.ours.push_back(words[at] == "-race" ? "--race" : words[at]);
      ++at;
    }
    at += taken;
  }
  return sorted;
}

Result<TestPlace> find_test_place(const std::vector<std::string>& inputs,
                                  const std::string& here_name) {
  const fs::path here = resolved(here_name);
  const fs::path own_root = module_root(here);
  TestPlace place;
  const fs::path first = inputs.empty() ? fs::path() : resolved(here / inputs[0]);
  // Within a workspace the packages of all of its modules are named from where one stands.
  const fs::path workspace = workspace_root(here);
  if (!inputs.empty() && !workspace.empty() && is_local_pattern(inputs[0]) &&
      lies_in(first, workspace)) {
    place.root = workspace;
    place.directory = below(here, place.root);
    for (const std::string& each : inputs) {
      place.packages.push_back(pattern_from(each, place.root, here));
    }
    return place;
  }
  const bool elsewhere =
      !inputs.empty() && names_directory(here / inputs[0]) &&
      (own_root.empty() || !lies_in(first, own_root) || module_root(first) != own_root);
  if (elsewhere) {
    const fs::path root = module_root(first);
    place.root = root.empty() ? first : root;
    place.directory = below(first, place.root);
    place.packages.assign(inputs.begin() + 1, inputs.end());
    if (place.packages.empty() && !place.directory.empty()) place.packages = {"./..."};
    return place;
  }
  place.root = own_root.empty() ? here : own_root;
  if (inputs.empty()) return place;
  place.directory = below(here, place.root);
  for (const std::string& each : inputs) {
    place.packages.push_back(pattern_from(each, place.root, here));
  }
  return place;
}

}  // namespace gobox::run
