// SPDX-License-Identifier: Apache-2.0

#include "runner/golang/direct_compile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "runner/golang/go_header.h"

namespace gobox::runner {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// As printed by go1.26 for module "sample", shortened to what is read.
constexpr const char* kCommands =
    "WORK=/tmp/go-build1\n"
    "/goroot/pkg/tool/linux_amd64/compile -o $WORK/b001/_pkg_.a -trimpath \"$WORK/b001=>\" -p main "
    "-lang=go1.26 -complete -buildid AB/AB -goversion go1.26.8 -c=4 -nolocalimports -importcfg "
    "$WORK/b001/importcfg -pack ./main.go\n"
    "modinfo "
    "\"0w\\xaf\\f\\x92t\\b\\x02A\\xe1\\xc1\\a\\xe6\\xd6\\x18\\xe6path\\tsample\\nmod\\tsample"
    "\\t(devel)\\t\\nbuild\\t-compiler=gc\\nbuild\\tGOOS=linux\\n\\xf92C1\\x86\\x18 "
    "r\\x00\\x82B\\x10A\\x16"
    "\\xd8\\xf2\"\n"
    "GOROOT='/goroot' /goroot/pkg/tool/linux_amd64/link -o $WORK/b001/exe/a.out -importcfg "
    "$WORK/b001/importcfg.link -buildmode=exe -buildid=A/B/C/A -extld=gcc $WORK/b001/_pkg_.a\n"
    "refusal-status 1\n";

constexpr const char* kPackages =
    "packagefile fmt=/gocache/aa/fmt-d\n"
    "packagefile go/ast=/gocache/aa/ast-d\n"
    "packagefile internal/abi=/gocache/aa/abi-d\n"
    "packagefile embed=/gocache/aa/embed-d\n"
    "packagefile vendor/golang.org/x/net=/gocache/aa/net-d\n";

DirectTools tools() {
  return {*ImportConfig::parse(kPackages), *BuildRecipe::parse(kCommands)};
}

Toolchain toolchain() {
  Toolchain made;
  made.name = "go1.26.8";
  made.goroot = "/goroot";
  made.minor = 26;
  return made;
}

BuildTarget target() {
  BuildTarget made;
  made.go_minor = 26;
  return made;
}

struct Asked {
  std::map<std::string, std::string> files;
  std::string go_mod = "module example.org/shop\n\ngo 1.26\n";
  bool named = false;
  GoSettings settings{};
};

DirectDecision decide(const Asked& asked) {
  std::vector<std::pair<std::string, std::string>> files(asked.files.begin(), asked.files.end());
  if (asked.files.count("go.mod") == 0) files.emplace_back("go.mod", asked.go_mod);
  Workspace workspace = *workspace_from_map(std::move(files));
  workspace.files_named = asked.named;
  const auto entry = plan_entry(workspace, target());
  if (!entry) return {std::nullopt, "no entry: " + entry.error().message};
  policies::Limits limits;
  limits.cpus = 2;
  limits.memory_bytes = std::uint64_t{1} << 30;
  return plan_direct_compile({workspace, *entry, toolchain(), asked.settings, target(), limits},
                             tools());
}

DirectDecision decide_source(const std::string& source) {
  return decide({.files = {{"main.go", source}}});
}

const std::string kHello = "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println() }\n";

TEST(BuildRecipe, KeepsTheFlagsThatAreNotAJobsOwn) {
  const auto recipe = BuildRecipe::parse(kCommands);
  ASSERT_TRUE(recipe);
  EXPECT_THAT(recipe->compile_flags, ElementsAre("-p", "main", "-complete", "-goversion",
                                                 "go1.26.8", "-nolocalimports", "-pack"));
  EXPECT_THAT(recipe->link_flags, ElementsAre("-buildmode=exe", "-extld=gcc"));
  EXPECT_TRUE(recipe->concurrent);
  EXPECT_EQ(recipe->language, "go1.26");
  EXPECT_EQ(recipe->refusal_status, 1);
  EXPECT_EQ(recipe->build_settings, "build\t-compiler=gc\nbuild\tGOOS=linux\n");
}

TEST(BuildRecipe, BuildInformationIsFramedAndWithoutNul) {
  const auto recipe = BuildRecipe::parse(kCommands);
  ASSERT_TRUE(recipe);
  const std::string framed = recipe->build_information("play/cmd/x", "play");
  EXPECT_EQ(framed.find('\0'), std::string::npos);
  EXPECT_EQ(framed.substr(16, framed.size() - 32),
            "path\tplay/cmd/x\nmod\tplay\t(devel)\t\nbuild\t-compiler=gc\nbuild\tGOOS=linux\n");
  EXPECT_THAT(recipe->build_information("command-line-arguments", ""), Not(HasSubstr("mod\t")));
}

TEST(BuildRecipe, RefusesWhatItDoesNotKnow) {
  const auto changed = [](const std::string& from, const std::string& to) {
    std::string text = kCommands;
    text.replace(text.find(from), from.size(), to);
    return BuildRecipe::parse(text).has_value();
  };
  EXPECT_TRUE(changed("-complete", "-complete -newflag=3"));  // rides along
  EXPECT_FALSE(changed("-complete", "-complete -newflag value"));
  EXPECT_FALSE(changed("/compile -o", "/compiler -o"));
  EXPECT_FALSE(changed("/link -o", "/linker -o"));
  EXPECT_FALSE(changed("modinfo", "information"));
  EXPECT_FALSE(changed("mod\\tsample", "mod\\tother"));
  EXPECT_FALSE(changed("-lang=go1.26", "-language"));
  EXPECT_FALSE(changed("refusal-status 1", "refusal-status 0"));
  EXPECT_FALSE(changed("refusal-status 1", "no status"));
  EXPECT_FALSE(changed("\"$WORK/b001=>\"", "\"$WORK/b001=>"));
  EXPECT_FALSE(BuildRecipe::parse(""));
}

TEST(ImportConfig, KnowsItsPackages) {
  const auto config = ImportConfig::parse(kPackages);
  ASSERT_TRUE(config);
  EXPECT_EQ(config->size(), 5U);
  EXPECT_TRUE(config->contains("go/ast"));
  EXPECT_FALSE(config->contains("go"));
  EXPECT_TRUE(config->overlaps("go"));
  EXPECT_TRUE(config->overlaps("fmt"));
  EXPECT_FALSE(config->overlaps("g"));
  EXPECT_FALSE(config->overlaps("fmt/x"));
}

TEST(ImportConfig, RefusesOtherLines) {
  for (const char* text : {"", "# comment\n", "packagefile fmt\n", "packagefile =x\n",
                           "packagefile fmt=\n", "importmap a=b\n", "fmt=/x\n"}) {
    EXPECT_FALSE(ImportConfig::parse(text)) << text;
  }
}

TEST(DirectCompile, PlansCompilerAndLinker) {
  const DirectDecision decision = decide_source(kHello);
  ASSERT_TRUE(decision.plan) << decision.why_not;
  ASSERT_EQ(decision.plan->programs.size(), 2U);
  const auto& compile = decision.plan->programs[0];
  const auto& link = decision.plan->programs[1];
  EXPECT_THAT(compile.arguments[0], HasSubstr("/goroot/pkg/tool/linux_"));
  EXPECT_THAT(compile.arguments, Contains("-lang=go1.26"));
  EXPECT_THAT(compile.arguments, Contains("-c=2"));
  EXPECT_THAT(compile.arguments, Contains("-complete"));
  EXPECT_EQ(compile.arguments.back(), "./main.go");
  EXPECT_EQ(compile.working_directory, "/work");
  EXPECT_THAT(link.arguments, Contains("-s"));
  EXPECT_THAT(link.arguments, Contains(HasSubstr("path\texample.org/shop\nmod\texample.org/shop")));
  EXPECT_EQ(decision.plan->banner, "# example.org/shop\n");
}

TEST(DirectCompile, NamedFilesAreCommandLineArguments) {
  const DirectDecision decision =
      decide({.files = {{"main.go", "//go:build ignore\n\n" + kHello}, {"b.go", "package main\n"}},
              .named = true});
  ASSERT_TRUE(decision.plan) << decision.why_not;
  EXPECT_EQ(decision.plan->banner, "# command-line-arguments\n");
  const auto& arguments = decision.plan->programs[0].arguments;
  EXPECT_EQ(arguments[arguments.size() - 2], "./b.go");
  EXPECT_EQ(arguments.back(), "./main.go");
}

TEST(DirectCompile, TakesWhatTheGoCommandWouldTake) {
  const DirectDecision decision =
      decide({.files = {{"cmd/x/main.go", kHello},
                        {"cmd/x/a_windows.go", "package main\n"},
                        {"cmd/x/b.go", "//go:build windows\n\npackage other\n"},
                        {"cmd/x/_c.go", "not Go"},
                        {"cmd/x/data.txt", "text"},
                        {"lib/lib.c", "int x;"}}});
  ASSERT_TRUE(decision.plan) << decision.why_not;
  const auto& arguments = decision.plan->programs[0].arguments;
  EXPECT_EQ(arguments.back(), "cmd/x/main.go");
  EXPECT_EQ(arguments[arguments.size() - 2], kNoDebugInformation);
  EXPECT_EQ(arguments[arguments.size() - 3], "-pack");
  EXPECT_EQ(decision.plan->banner, "# example.org/shop/cmd/x\n");
}

TEST(DirectCompile, LeavesUnusualSourcesToTheGoCommand) {
  const std::string main = "\nfunc main() {}\n";
  for (const std::string& source : std::initializer_list<std::string>{
           "package main\n\nimport \"no/such\"\n" + main,
           "package main\n\nimport \"internal/abi\"\n" + main,
           "package main\n\nimport \"vendor/golang.org/x/net\"\n" + main,
           "package main\n\nimport \"golang.org/x/net\"\n" + main,
           "package main\n\nimport \"./lib\"\n" + main,
           "package main\n\nimport \"\"\n" + main,
           "package main\n\nimport \"C\"\n" + main,
           "package main\n\nimport \"\\x43\"\n" + main,
           "package main\n\nimport _ \"embed\"\n" + main,
           "package main\n\n//go:embed x\nvar x string\n" + main,
           "package main\n\n//go:linkname a b\nfunc a()\n" + main,
           "//go:debug panicnil=1\n\npackage main\n" + main,
           "// GOEXPERIMENT=loopvar\n\npackage main\n" + main,
           "//go:build goexperiment.loopvar || linux\n\npackage main\n" + main,
           "//go:build linux &&\n\npackage main\n" + main,
           "//go:build linux\n//go:build amd64\n\npackage main\n" + main,
           "package main\n\n//line other.go:7\n" + main,
           "package main\n\n/*line other.go:7*/\n" + main,
           "package main\n\nimport fmt\n" + main,
           "package main; import \"fmt\"\n" + main,
           "package main\n\nimport \"fmt\nfunc main() {}\n",
           "package main\n\nvar a = `\nfunc main() {}\n",
           std::string("package main\n\nvar a = \"\0\"\n", 24) + main,
           "package main\n\nvar a = \"\xff\"\n" + main,
           "package main\n\nvar a = \"\xef\xbb\xbf\"\n" + main,
           "package main\n\f\nfunc main() {}\n",
       }) {
    const DirectDecision decision = decide_source(source);
    EXPECT_FALSE(decision.plan) << source;
    EXPECT_NE(decision.why_not, "") << source;
  }
}

TEST(DirectCompile, LeavesUnusualTreesToTheGoCommand) {
  const auto with = [](const std::string& path, const std::string& bytes) {
    return decide({.files = {{"main.go", kHello}, {path, bytes}}});
  };
  for (const char* name :
       {"a.s", "a.S", "a.c", "a.h", "a.syso", "a.swigcxx", "default.pgo", "go.work",
        "vendor/modules.txt", "main_test.go", "MAIN.go", "a\xc3\xa4.go"}) {
    EXPECT_FALSE(with(name, "package main\n").plan) << name;
  }
  EXPECT_FALSE(with("b.go", "package other\n").plan);
  EXPECT_FALSE(with("b.go", "").plan);
}

TEST(DirectCompile, LeavesOtherModulesToTheGoCommand) {
  const auto with = [](const std::string& go_mod) {
    return decide({.files = {{"main.go", kHello}}, .go_mod = go_mod}).plan.has_value();
  };
  EXPECT_TRUE(with("module play // ours\n\n// comment\ngo 1.26"));
  EXPECT_TRUE(with("module play//ours\ngo 1.26"));  // a comment to the go command as well
  for (const char* go_mod : {"module play\n\ngo 1.25\n",
                             "module play\n\ngo 1.27\n",
                             "module play\n\ngo 1.26.1\n",
                             "module play\n",
                             "go 1.26\n",
                             "module play\ngo 1.26\ntoolchain go1.26.1\n",
                             "module play\ngo 1.26\ngodebug panicnil=1\n",
                             "module play\ngo 1.26\nrequire a.b/c v1.0.0\n",
                             "module play\ngo 1.26\nreplace a => b\n",
                             "module (\nplay\n)\ngo 1.26\n",
                             "module \"play\"\ngo 1.26\n",
                             "module play play\ngo 1.26\n",
                             "module std\ngo 1.26\n",
                             "module fmt\ngo 1.26\n",
                             "module go\ngo 1.26\n",
                             "module a/v2\ngo 1.26\n",
                             "module gopkg.in/a\ngo 1.26\n",
                             "module /a\ngo 1.26\n",
                             "module a/b/\ngo 1.26\n",
                             "module a\nmodule b\ngo 1.26\n",
                             "module .a\ngo 1.26\n"}) {
    EXPECT_FALSE(with(go_mod)) << go_mod;
  }
}

TEST(DirectCompile, LeavesAnExplicitNumberOfProcessesToTheGoCommand) {
  Asked asked{.files = {{"main.go", kHello}}};
  asked.settings.parallelism = 1;
  EXPECT_FALSE(decide(asked).plan);
}

TEST(DirectCompile, FailuresLookLikeTheGoCommands) {
  const auto plan = decide_source(kHello).plan;
  ASSERT_TRUE(plan);
  sandbox::Ending ending;
  ending.exit_code = 2;
  ending.output = {{false, Nanoseconds(5), "./main.go:1:1: bad\n"},
                   {true, Nanoseconds(6), "worse\n"}};
  ending.stdout_truncated = true;
  present_as_go_build(*plan, ending);
  EXPECT_EQ(ending.exit_code, 1);
  EXPECT_EQ(ending.text(false), "");
  EXPECT_EQ(ending.text(true), "# example.org/shop\n./main.go:1:1: bad\nworse\n");
  EXPECT_TRUE(ending.stderr_truncated);
  EXPECT_FALSE(ending.stdout_truncated);
}

TEST(DirectCompile, AbsolutePathsAreSaidAsTheGoCommandSaysThem) {
  const auto said = [](const DirectPlan& plan, const std::string& output) {
    sandbox::Ending ending;
    ending.exit_code = 2;
    ending.output = {{true, Nanoseconds(5), output}};
    present_as_go_build(plan, ending);
    return ending.text(true).substr(plan.banner.size());
  };
  const auto root = decide_source(kHello).plan;
  ASSERT_TRUE(root);
  EXPECT_EQ(said(*root, "/work/main.go:1:6: stack frame too large\n"),
            "./main.go:1:6: stack frame too large\n");
  EXPECT_EQ(said(*root, "x\n\t/work/a.go and /work/b.go, not a/work/c.go\t/work/d.go"),
            "x\n\t./a.go and ./b.go, not a/work/c.go\t/work/d.go");
  const auto below = decide({.files = {{"cmd/x/main.go", kHello}}}).plan;
  ASSERT_TRUE(below);
  EXPECT_EQ(said(*below, "/work/cmd/x/main.go:1:6: large\n"), "cmd/x/main.go:1:6: large\n");
}

TEST(DirectCompile, AToolsDeathIsTold) {
  const auto plan = decide_source(kHello).plan;
  ASSERT_TRUE(plan);
  sandbox::Ending ending;
  ending.program = 1;
  ending.signal = 9;
  present_as_go_build(*plan, ending);
  EXPECT_EQ(ending.signal, std::nullopt);
  EXPECT_EQ(ending.exit_code, 1);
  EXPECT_THAT(ending.text(true), HasSubstr("example.org/shop: /goroot/pkg/tool/linux_"));
  EXPECT_THAT(ending.text(true), HasSubstr("/link: signal: killed\n"));
}

TEST(DirectCompile, OurOwnKillIsLeftAsItIs) {
  const auto plan = decide_source(kHello).plan;
  ASSERT_TRUE(plan);
  sandbox::Ending ending;
  ending.killed = sandbox::KillReason::kWallLimit;
  ending.signal = 9;
  present_as_go_build(*plan, ending);
  EXPECT_EQ(ending.signal, 9);
  EXPECT_EQ(ending.exit_code, std::nullopt);
  EXPECT_TRUE(ending.output.empty());
}

TEST(GoHeader, AcceptsWhatGofmtWrites) {
  for (const char* source :
       {"package main", "package main\n",
        "// Comment \xc3\xa4\n\n/* more */ package main // here\n", "\xef\xbb\xbfpackage main\n",
        "package main\n\nimport \"a\"\nimport b \"c\"\nimport . \"d\"\n",
        "package main\n\nimport (\n\t\"a\" // one\n\n\t_ \"b\"\n\tc `d`\n)\n\nvar x int\n",
        "package main\n\nimport ()\n\ntype T int\n", "package main\r\n\r\nfunc main() {}\r\n"}) {
    EXPECT_TRUE(is_plain_go_head(source)) << source;
  }
}

TEST(GoHeader, RefusesWhatIsNotSureToPass) {
  for (const char* source : {"",
                             "main",
                             "package",
                             "package _\n",
                             "package func\n",
                             "package 3\n",
                             "package \"main\"\n",
                             "package main.x\n",
                             "package main; var x int\n",
                             "package main import \"a\"\n",
                             "package main\n\nimport a\n",
                             "package main\n\nimport (\n\t\"a\" \"b\"\n)\n",
                             "package main\n\nimport (\n\t\"a\"; \"b\"\n)\n",
                             "package main\n\nimport (\n\t\"a\"\n",
                             "package main\n\nimport\n\"a\"\n",
                             "package main\n\nimport 3\n",
                             "package main\n\nimport func \"a\"\n",
                             "package main\n\nx := 3\n",
                             "package main\n\n}\n",
                             "package main\n\nimport \"a\" var x int\n",
                             "package main\n\nvar a = \"\xed\xa0\x80\"\n",
                             "package main\n\nvar a = \"\xc0\x80\"\n",
                             "package main\n\nvar a = \"\xf5\x80\x80\x80\"\n",
                             "package main\n\nvar a = \"\xe2\x82\"\n",
                             "package main\n\x01\n",
                             "package main\n\x7f\n"}) {
    EXPECT_FALSE(is_plain_go_head(source)) << source;
  }
}

}  // namespace
}  // namespace gobox::runner
