// SPDX-License-Identifier: Apache-2.0

#include "run/sweep_options.h"

#include <algorithm>

#include "base/quantity.h"

namespace gobox::run {
namespace {

using Words = std::vector<std::string>;

constexpr std::uint64_t kMaxRepeats = 10'000;

// Walks over the words in front of "--"; what is not sweep's own goes to the job.
class Reader {
 public:
  explicit Reader(const Words& words) : words_(words) {}

  Result<SweepOptions> read() {
    for (; at_ < words_.size() && words_[at_] != "--"; ++at_) TRY(read_word());
    options_.job_words.insert(options_.job_words.end(),
                              words_.begin() + static_cast<std::ptrdiff_t>(at_), words_.end());
    TRY(check());
    return options_;
  }

 private:
  Result<void> read_word() {
    const std::string word = words_[at_];
    const std::size_t equals = word.find('=');
    // "--vary=p=1,2" and "--vary p=1,2".
    const std::string name = word.rfind("--", 0) == 0 ? word.substr(0, equals) : word;
    if (read_switch(name)) return {};
    if (!takes_value(name)) {
      options_.job_words.push_back(word);
      return {};
    }
    std::string value;
    if (equals != std::string::npos) {
      value = word.substr(equals + 1);
    } else if (at_ + 1 < words_.size() && words_[at_ + 1] != "--") {
      value = words_[++at_];
    }
    if (value.empty()) return Error::caller(name + ": the value is missing");
    return read_value(name, value);
  }

  bool read_switch(const std::string& name) {
    using Form = SweepOptions::Form;
    if (name == "--build") return options_.form = Form::kBuild, true;
    if (name == "--exec") return options_.form = Form::kExec, true;
    if (name == "--test") return options_.form = Form::kTest, true;
    if (name == "--fresh") return options_.fresh = true;
    if (name == "--json") return options_.json = true;
    if (name == "--no-gctrace") return options_.gctrace = false, true;
    if (name == "--help" || name == "-h") return options_.help = true;
    return false;
  }

  static bool takes_value(const std::string& name) {
    static constexpr const char* kNames[] = {"--vary",    "--until",    "--repeat",
                                             "--confirm", "--seed",     "--out",
                                             "--project", "--packages", "--title"};
    return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
  }

  Result<void> read_value(const std::string& name, const std::string& value) {
    if (name == "--vary") {
      options_.dimensions.push_back(TRY(lab::parse_dimension(value)));
    } else if (name == "--until") {
      if (options_.search) return Error::caller("--until: one search at a time");
      until_ = value;
      if (value != "ok") options_.search = TRY(lab::parse_search(value));
    } else if (name == "--repeat") {
      options_.repeat = TRY(parse_count(name, value, 1, kMaxRepeats));
    } else if (name == "--confirm") {
      options_.confirm = TRY(parse_count(name, value, 1, kMaxRepeats));
    } else if (name == "--seed") {
      options_.seed = TRY(parse_count(name, value, 0, ~std::uint64_t{0} - 1));
    } else if (name == "--packages") {
      options_.packages = TRY(parse_count(name, value, 1, lab::kLargestProject));
    } else if (name == "--project") {
      options_.shape = TRY(lab::parse_shape(value));
    } else if (name == "--out") {
      options_.out_directory = value;
    } else {
      options_.title = value;
    }
    return {};
  }

  // "--until ok --vary memory=16M,512M": between the ends of what is varied.
  Result<void> search_between_values() {
    if (options_.dimensions.size() != 1 || options_.dimensions[0].values.size() < 2) {
      return Error::caller("--until ok needs one --vary NAME=LOW,HIGH to search between");
    }
    const lab::Dimension& dimension = options_.dimensions[0];
    std::vector<std::string> values = dimension.values;
    for (const std::string& value : values) {
      if (!lab::number_of(dimension.name, value)) {
        return Error::caller("--until ok: " + dimension.name + "=" + value + " is no number");
      }
    }
    std::sort(values.begin(), values.end(), [&](const std::string& a, const std::string& b) {
      return *lab::number_of(dimension.name, a) < *lab::number_of(dimension.name, b);
    });
    options_.search =
        TRY(lab::parse_search(dimension.name + "=" + values.front() + ".." + values.back()));
    options_.dimensions.clear();
    return {};
  }

  Result<void> check_dimensions() {
    std::size_t cells = 1;
    for (const lab::Dimension& dimension : options_.dimensions) {
      cells *= dimension.values.size();
      const auto same = [&](const lab::Dimension& other) { return other.name == dimension.name; };
      if (std::count_if(options_.dimensions.begin(), options_.dimensions.end(), same) > 1) {
        return Error::caller("--vary " + dimension.name + " is given twice");
      }
      if (dimension.name == "packages" && !options_.shape) {
        return Error::caller("--vary packages needs --project flat, deep, diamond, ...");
      }
      if (cells > lab::kMaxCells) {
        return Error::caller("--vary: more than " + std::to_string(lab::kMaxCells) + " cells");
      }
    }
    return {};
  }

  Result<void> check() {
    if (options_.help) return {};
    if (until_ == "ok") TRY(search_between_values());
    TRY(check_dimensions());
    if (options_.search) {
      if (!options_.dimensions.empty()) {
        return Error::caller(
            "--until searches along one name; --vary others in sweeps of their own");
      }
      options_.search->repeat = options_.repeat;
      options_.search->confirm = std::max(options_.confirm, options_.repeat);
    } else if (options_.dimensions.empty()) {
      return Error::caller("name what to vary: --vary NAME=V1,V2,... or --until NAME");
    }
    return {};
  }

  const Words& words_;
  std::size_t at_ = 0;
  std::string until_;
  SweepOptions options_;
};

}  // namespace

Result<SweepOptions> parse_sweep_options(const Words& words) {
  return Reader(words).read();
}

const char* name_of(SweepOptions::Form form) {
  switch (form) {
    case SweepOptions::Form::kRun:
      return "run";
    case SweepOptions::Form::kBuild:
      return "build";
    case SweepOptions::Form::kExec:
      return "exec";
    case SweepOptions::Form::kTest:
      return "test";
  }
  return "run";
}

const char* sweep_usage() {
  return "usage: sandbox-run sweep --vary NAME=V1,V2,... [--vary ...] [flags] FILE... [-- ARG...]\n"
         "       sandbox-run sweep --until NAME[=LOW..HIGH] [flags] FILE... [-- ARG...]\n\n"
         "Runs the same job over a grid of settings and shows where it breaks.\n\n"
         "  --vary NAME=V1,V2,...  memory, compile-memory, cpus, pids, gogc, gomemlimit, p, race\n"
         "                         (on,off), toolchain, env.X, arg, packages, disk, output, "
         "policy,\n"
         "                         run-timeout, compile-timeout, total-timeout, cpu-time; whole\n"
         "                         numbers also as 1..8; repeat the flag for a grid\n"
         "  --until NAME[=LOW..HIGH]  search instead: the smallest memory, time, pids, ... or the\n"
         "                         largest p, packages, arg at which every run still ends ok\n"
         "  --repeat N             runs of each cell (3), in random order, interleaved\n"
         "  --confirm N            runs that must end ok at the value --until found (10)\n"
         "  --out DIR              sweep.json, .csv, .svg and the journal; the same command goes "
         "on\n"
         "                         where an interrupted one stood\n"
         "  --fresh                start over instead\n"
         "  --seed N               of the order (random, recorded)\n"
         "  --json                 the JSON on stdout instead of the table\n"
         "  --title TEXT           of the picture\n"
         "  --build                compile only: the compile stage is what is measured\n"
         "  --test                 the job is `sandbox-run test`\n"
         "  --exec                 the job is a command behind --, with FILE... or the project in\n"
         "                         /work; {go} in it is the toolchain's go command\n"
         "  --project SHAPE        a generated module instead of FILE...: flat, deep, diamond,\n"
         "                         functions, generics, literal, reflect\n"
         "  --packages N           its size (100), where packages is not varied\n"
         "  --no-gctrace           do not count garbage collections\n\n"
         "In the arguments, {arg} and {p} become the value of that setting; an arg without a "
         "place\n"
         "is appended. All flags of a job hold: see sandbox-run --help.\n";
}

}  // namespace gobox::run
