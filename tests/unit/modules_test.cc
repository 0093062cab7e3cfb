// SPDX-License-Identifier: Apache-2.0

// The parts of fetching that need neither a sandbox nor a proxy.

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "runner/golang/module_needs.h"
#include "runner/modules/go_sum.h"
#include "runner/modules/module_store.h"
#include "runner/modules/module_zip.h"
#include "runner/modules/proxy_source.h"
#include "tests/support/module_proxy.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::tests {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using namespace gobox::runner;  // NOLINT: the room under test

TEST(ModuleVersion, PathsAreWhatTheGoCommandTakes) {
  for (const char* path : {"github.com/google/uuid", "gopkg.in/yaml.v3", "example.com/A-b_c~d"}) {
    EXPECT_TRUE(is_module_path(path)) << path;
  }
  for (const char* path : {"", "fmt", "example.com/", "/example.com", "example.com//a",
                           "example.com/../a", "example.com/.git", "example.com/a.", "exa mple.com",
                           "example.com/a?b", "-example.com/a", "example.com/a%2f"}) {
    EXPECT_FALSE(is_module_path(path)) << path;
  }
}

TEST(ModuleVersion, VersionsAreCanonicalOrNot) {
  for (const char* version :
       {"v0.0.0", "v1.2.3-pre.1", "v2.0.0+incompatible", "v0.0.0-20200101000000-0123456789ab"}) {
    EXPECT_TRUE(is_canonical_version(version)) << version;
  }
  for (const char* version :
       {"", "v1", "v1.2", "1.2.3", "v01.2.3", "v1.2.3/..", "latest", "v1.2.3 "}) {
    EXPECT_FALSE(is_canonical_version(version)) << version;
  }
}

TEST(ModuleVersion, EscapingIsUndone) {
  EXPECT_EQ(escaped("github.com/BurntSushi/toml"), "github.com/!burnt!sushi/toml");
  EXPECT_EQ(unescaped("github.com/!burnt!sushi/toml"), "github.com/BurntSushi/toml");
  for (const char* text : {"a!", "a!!b", "aB", "a!1"}) EXPECT_FALSE(unescaped(text)) << text;
}

TEST(ModuleVersion, PatternsMatchPrefixesOfWholeParts) {
  const auto patterns = parse_patterns("github.com/me, *.corp.example/team/");
  EXPECT_TRUE(matches_any(patterns, "github.com/me/a/b"));
  EXPECT_FALSE(matches_any(patterns, "github.com/media"));
  EXPECT_TRUE(matches_any(patterns, "git.corp.example/team/x"));
  EXPECT_FALSE(matches_any(patterns, "git.corp.example"));
}

TEST(ProxyRequest, TakesTheProtocolsQuestions) {
  using Kind = ProxyRequest::Kind;
  const auto zip = parse_proxy_request("/github.com/%21burnt%21sushi/toml/@v/v1.2.3.zip");
  ASSERT_TRUE(zip);
  EXPECT_EQ(zip->kind, Kind::kZip);
  EXPECT_EQ(zip->module.text(), "github.com/BurntSushi/toml@v1.2.3");
  EXPECT_TRUE(zip->is_fixed());
  const auto branch = parse_proxy_request("/example.com/a/@v/master.info");
  ASSERT_TRUE(branch);
  EXPECT_FALSE(branch->is_fixed());
  EXPECT_EQ(parse_proxy_request("/example.com/a/@v/list")->kind, Kind::kList);
  EXPECT_EQ(parse_proxy_request("/example.com/a/@latest")->kind, Kind::kLatest);
  const auto lookup =
      parse_proxy_request("/sumdb/sum.golang.org/lookup/github.com/!burnt!sushi/toml@v1.2.3");
  ASSERT_TRUE(lookup);
  EXPECT_EQ(lookup->module.path, "github.com/BurntSushi/toml");
  EXPECT_TRUE(parse_proxy_request("/sumdb/sum.golang.org/tile/8/0/x001/234.p/5"));
}

TEST(ProxyRequest, NothingElseIsAQuestion) {
  for (const char* target :
       {"", "/", "example.com/a/@v/list", "/example.com/../etc/@v/list",
        "/example.com/a/@v/../../x.mod", "/example.com/a/@v/%2e%2e/list",
        "/example.com/a/@v/list?x=1", "/example.com/a/@v/v1.zip", "/example.com/a/@v/master.zip",
        "/example.com/a/@v/.mod", "/example.com/a/@v/v1.2.3.exe", "/sumdb/sum.golang.org/other",
        "/sumdb/x/latest", "/a%00b.com/@latest", "/example.com/a",
        "/example.com/a/@v/v1.2.3.mod%0d%0aHost:x", "http://example.com/a/@latest"}) {
    EXPECT_FALSE(parse_proxy_request(target)) << target;
  }
}

TEST(GoSum, HashesAreTheGoCommands) {
  // As `go mod download -json` gives it for a go.mod of these bytes.
  EXPECT_EQ(mod_hash("module rsc.io/quote\n"), mod_hash("module rsc.io/quote\n"));
  const GoSum sum = GoSum::parse(
      "example.com/a v1.0.0 h1:tree=\nexample.com/a v1.0.0/go.mod h1:mod=\nbroken line\n"
      "example.com/b v1.0.0 h2:other=\n");
  EXPECT_TRUE(sum.names_tree({"example.com/a", "v1.0.0"}, "h1:tree="));
  EXPECT_TRUE(sum.names_mod({"example.com/a", "v1.0.0"}, "h1:mod="));
  EXPECT_FALSE(sum.names_tree({"example.com/a", "v1.0.0"}, "h1:mod="));
  EXPECT_EQ(sum.tree_hash({"example.com/b", "v1.0.0"}), "");
}

class Zip : public ::testing::Test {
 protected:
  Result<UnpackedModule> unpack(const std::string& zip) {
    scratch_.write("zip", zip);
    fs::create_directories(scratch_ / "to");
    const UniqueFd file = std::move(*open_at(AT_FDCWD, scratch_ / "zip", O_RDONLY));
    const UniqueFd to = std::move(*open_at(AT_FDCWD, scratch_ / "to", O_RDONLY | O_DIRECTORY));
    return unpack_module(file.get(), {"example.com/m", "v1.0.0"}, to.get());
  }

  void expect_refusal(const std::string& zip, const char* why) {
    const auto unpacked = unpack(zip);
    ASSERT_FALSE(unpacked) << why;
    EXPECT_EQ(unpacked.error().kind, Error::Kind::kCaller) << unpacked.error().message;
    EXPECT_THAT(unpacked.error().message, HasSubstr(why));
  }

  ScratchDirectory scratch_;
};

constexpr const char* kTop = "example.com/m@v1.0.0/";

TEST_F(Zip, IsUnpackedReadOnlyAndHashed) {
  const auto unpacked = unpack(zip_of({{std::string(kTop) + "go.mod", "module example.com/m\n"},
                                       {std::string(kTop) + "a/b.go", "package a\n"}}));
  ASSERT_TRUE(unpacked) << unpacked.error().message;
  EXPECT_EQ(unpacked->files, 2U);
  EXPECT_EQ(*read_file(scratch_ / "to/a/b.go"), "package a\n");
  ListingHash expected;
  expected.add(std::string(kTop) + "a/b.go", sha256("package a\n"));
  expected.add(std::string(kTop) + "go.mod", sha256("module example.com/m\n"));
  EXPECT_EQ(unpacked->hash, expected.finish());
}

TEST_F(Zip, OfAnotherModuleIsRefused) {
  expect_refusal(zip_of({{"example.com/other@v1.0.0/a.go", "package a\n"}}), "which is not of");
}

TEST_F(Zip, NamesThatLeaveTheModuleAreRefused) {
  expect_refusal(zip_of({{std::string(kTop) + "../../../up.go", "x"}}), "file name");
  expect_refusal(zip_of({{"/etc/passwd", "x"}}), "not of");
  EXPECT_FALSE(fs::exists(scratch_ / "up.go"));
}

TEST_F(Zip, LinksAreRefused) {
  expect_refusal(zip_of({{std::string(kTop) + "a.go -> /etc/passwd", ""}}), "link");
}

TEST_F(Zip, NamesThatDifferInCaseAloneAreRefused) {
  expect_refusal(zip_of({{std::string(kTop) + "a.go", "x"}, {std::string(kTop) + "A.go", "y"}}),
                 "case");
}

TEST_F(Zip, DirectoriesThatDifferInCaseAloneAreRefused) {
  expect_refusal(zip_of({{std::string(kTop) + "d/a.go", "x"}, {std::string(kTop) + "D/b.go", "y"}}),
                 "case");
}

TEST_F(Zip, AFileBelowAFileIsRefused) {
  expect_refusal(zip_of({{std::string(kTop) + "a", "x"}, {std::string(kTop) + "a/b", "y"}}),
                 "holds");
}

TEST_F(Zip, OneThatUnpacksWithoutEndIsRefused) {
  expect_refusal(zip_of_zeros(std::string(kTop) + "zeros", std::uint64_t{600} << 20),
                 "more than a module may hold");
}

TEST_F(Zip, WhatIsNoZipIsRefused) {
  expect_refusal("<html>not here</html>", "zip");
}

class Store : public ::testing::Test {
 protected:
  static ModuleVersion module_of(int number) {
    return {"example.com/m" + std::to_string(number), "v1.0.0"};
  }

  static std::string zip_of_module(const ModuleVersion& module, std::size_t size) {
    return zip_of({{module.text() + "/a.go", "package a\n" + std::string(size, '\n')}});
  }

  std::string sum_of(const std::string& zip, const ModuleVersion& module) {
    const std::string to = "sum" + std::to_string(++sums_);
    scratch_.write("zip", zip);
    fs::create_directories(scratch_ / to);
    const UniqueFd file = std::move(*open_at(AT_FDCWD, scratch_ / "zip", O_RDONLY));
    const UniqueFd directory = std::move(*open_at(AT_FDCWD, scratch_ / to, O_RDONLY | O_DIRECTORY));
    return unpack_module(file.get(), module, directory.get())->hash;
  }

  void add(ModuleStore& store, int number, std::size_t size = 1000) {
    const std::string zip = zip_of_module(module_of(number), size);
    const auto added = store.add(module_of(number), {zip, -1}, sum_of(zip, module_of(number)));
    ASSERT_TRUE(added) << added.error().message;
  }

  ScratchDirectory scratch_;
  int sums_ = 0;
};

TEST_F(Store, KeepsWhatHashesAsSaidAndNothingElse) {
  auto store = std::move(*ModuleStore::open(scratch_ / "store", std::uint64_t{1} << 30));
  add(*store, 1);
  EXPECT_TRUE(store->pin({module_of(1)}, {}));
  const std::string zip = zip_of_module(module_of(2), 5);
  const auto refused = store->add(module_of(2), {zip, -1}, "h1:other=");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("checksum mismatch"));
  EXPECT_FALSE(store->pin({module_of(2)}, {}));
  EXPECT_TRUE(fs::is_empty(scratch_ / "store/tmp"));
  EXPECT_EQ(store->list().size(), 1U);
}

TEST_F(Store, AChangedAnswerIsNotTaken) {
  auto store = std::move(*ModuleStore::open(scratch_ / "store", std::uint64_t{1} << 30));
  add(*store, 1, 10);
  const std::string zip = zip_of_module(module_of(1), 20);
  const auto changed = store->add(module_of(1), {zip, -1}, sum_of(zip, module_of(1)));
  ASSERT_FALSE(changed);
  EXPECT_THAT(changed.error().message, HasSubstr("has changed"));
}

TEST_F(Store, EvictsTheLeastRecentlyUsedAndNeverWhatIsPinned) {
  auto store = std::move(*ModuleStore::open(scratch_ / "store", 250'000));
  std::vector<ModuleStore::Pin> pins;
  for (int number = 1; number <= 3; ++number) {
    add(*store, number, 100'000);
    const std::string lock = scratch_ / ("store/mod/cache/download/example.com/m" +
                                         std::to_string(number) + "/@v/v1.0.0.lock");
    const timespec old[2] = {{.tv_sec = 1000 + number, .tv_nsec = 0},
                             {.tv_sec = 1000 + number, .tv_nsec = 0}};
    if (number == 1) {
      pins.push_back(std::move(*store->pin({module_of(1)}, {})));
    }
    ASSERT_EQ(::utimensat(AT_FDCWD, lock.c_str(), old, 0), 0);
  }
  store->trim();
  EXPECT_TRUE(store->pin({module_of(1)}, {})) << "it is in use";
  EXPECT_FALSE(store->pin({module_of(2)}, {})) << "it was the oldest that is not";
  EXPECT_TRUE(store->pin({module_of(3)}, {}));
}

TEST_F(Store, AnotherProcessesPinCountsToo) {
  auto ours = std::move(*ModuleStore::open(scratch_ / "store", 1));
  auto theirs = std::move(*ModuleStore::open(scratch_ / "store", std::uint64_t{1} << 30));
  add(*theirs, 1);
  const auto pin = theirs->pin({module_of(1)}, {});
  add(*ours, 2);
  ours->trim();
  EXPECT_TRUE(theirs->pin({module_of(1)}, {}));
}

TEST_F(Store, WhatACrashLeftIsGoneAtTheNextStart) {
  { auto store = std::move(*ModuleStore::open(scratch_ / "store", 1 << 20)); }
  fs::create_directories(scratch_ / "store/tmp/module.4194303.1/tree/a");
  { auto store = std::move(*ModuleStore::open(scratch_ / "store", 1 << 20)); }
  EXPECT_TRUE(fs::is_empty(scratch_ / "store/tmp"));
}

TEST(ModuleNeeds, TellsOwnPackagesAndTheStandardLibraryFromOthers) {
  Workspace workspace;
  workspace.files = {{"go.mod", "module example.com/own\n\ngo 1.22\n"},
                     {"main.go",
                      "package main\n\nimport (\n\t\"fmt\"\n\t\"example.com/own/x\"\n"
                      "\t\"github.com/google/uuid\"\n)\n"},
                     {"main_test.go", "package main\n\nimport \"example.com/only/tests\"\n"},
                     {"vendor/a/a.go", "package a\n\nimport \"example.com/vendored\"\n"}};
  const ModuleNeeds needs = find_module_needs(workspace, false);
  EXPECT_THAT(needs.imports, ::testing::ElementsAre("github.com/google/uuid"));
  EXPECT_FALSE(needs.has_requirements);
  EXPECT_EQ(find_module_needs(workspace, true).imports.size(), 2U);
  workspace.files[0].bytes = workspace.files[0].bytes.text() +
                             "require (\n\texample.com/z v1.0.0\n)\nreplace example.com/z => ./z\n";
  EXPECT_TRUE(find_module_needs(workspace, false).has_requirements);
  EXPECT_TRUE(find_module_needs(workspace, false).has_replacements);
}

TEST(Proxies, AreReadAsGoProxyIs) {
  const auto proxies =
      parse_proxies("https://u:p@a.example/x/|file:///srv/m,direct,https://b.example");
  ASSERT_TRUE(proxies);
  ASSERT_EQ(proxies->size(), 2U);
  EXPECT_EQ((*proxies)[0].url, "https://u:p@a.example/x");
  EXPECT_EQ((*proxies)[0].shown(), "https://a.example/x");
  EXPECT_TRUE((*proxies)[0].any_failure_goes_on);
  EXPECT_FALSE(parse_proxies("ftp://a.example"));
  EXPECT_FALSE(parse_proxies("file://relative"));
}

}  // namespace
}  // namespace gobox::tests
