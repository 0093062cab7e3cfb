// SPDX-License-Identifier: Apache-2.0

#include "runner/diagnosis/value_flow.h"

#include <gtest/gtest.h>

#include "runner/diagnosis/source_facts.h"

namespace gobox::runner {
namespace {

const CpuBudget& ample() {
  static const CpuBudget budget(std::chrono::hours(1));
  return budget;
}

Workspace program(const std::string& body) {
  Workspace workspace;
  workspace.files.push_back({"main.go", "package main\n" + body});
  return workspace;
}

Frame at(int line, const std::string& function) {
  return {.function = function, .file = "main.go", .line = line, .user = true};
}

std::optional<Holder> holder(const std::string& body, const std::vector<Frame>& frames) {
  const Workspace workspace = program(body);
  return ValueFlow(&workspace, ample()).holder_of(frames);
}

TEST(ValueFlow, FollowsAReturnedValueIntoTheMapBehindAMethod) {
  const auto found = holder(R"(
type cache struct{ m map[string]string }
func (c *cache) put(id, s string) { c.m[id] = s }
func page(i int) string {
	var b bytes.Buffer
	return b.String()
}
func main() {
	c := &cache{m: map[string]string{}}
	for i := 0; ; i++ {
		c.put(fmt.Sprint("u", i), page(i))
	}
}
)",
                            {at(7, "main.page"), at(12, "main.main")});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->kind, Holder::Kind::kMap);
  EXPECT_EQ(found->name, "c.m");
  EXPECT_EQ(found->line, 4);
}

TEST(ValueFlow, PrefersTheMapToABoundedSliceOnTheWay) {
  const auto found = holder(R"(
var byUser = make(map[string][]string)
func fields(i int) []string {
	parts := []string{}
	for j := 0; j < 24; j++ {
		parts = append(parts, strconv.Itoa(j))
	}
	return parts
}
func main() {
	for i := 0; ; i++ {
		row := fields(i)
		byUser[strconv.Itoa(i)] = row
	}
}
)",
                            {at(7, "main.fields"), at(13, "main.main")});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->kind, Holder::Kind::kMap);
  EXPECT_EQ(found->name, "byUser");
}

TEST(ValueFlow, SeesTheSliceExpressionThatKeepsTheWhole) {
  const auto found = holder(R"(
func main() {
	ix := &index{}
	for i := 0; ; i++ {
		body := load(i)
		ix.prefixes = append(ix.prefixes, body[:8])
	}
}
func load(i int) string { return strings.Repeat("abc", 4000) }
)",
                            {at(10, "main.load"), at(6, "main.main")});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->name, "ix.prefixes");
  EXPECT_TRUE(found->sliced);
}

TEST(ValueFlow, TellsChannelsDefersAndListsApart) {
  const auto kind = [](const std::string& statement) {
    const auto found = holder(
        "\nfunc main() {\n\tfor {\n\t\tv := make([]byte, 9)\n\t\t" + statement + "\n\t}\n}\n",
        {at(5, "main.main")});
    return found ? found->kind : Holder::Kind::kVariable;
  };
  EXPECT_EQ(kind("jobs <- v"), Holder::Kind::kChannel);
  EXPECT_EQ(kind("defer release(v)"), Holder::Kind::kDefer);
  EXPECT_EQ(kind("l.PushBack(v)"), Holder::Kind::kList);
  EXPECT_EQ(kind("all = append(all, func() { use(v) })"), Holder::Kind::kSlice);
}

TEST(ValueFlow, KnowsNothingWithoutSources) {
  ValueFlow flow(nullptr, ample());
  EXPECT_FALSE(flow.holder_of({at(1, "main.main")}).has_value());
  EXPECT_EQ(flow.endless_loop_at("main.go", 1), nullptr);
}

bool is_endless(const std::string& loop) {
  const Workspace workspace =
      program("func main() {\n\ti, n, done := 0, 9, false\n\t" + loop + "\n}\n");
  return ValueFlow(&workspace, ample()).endless_loop_at("main.go", 4) != nullptr;
}

TEST(EndlessLoop, IsOneWhoseConditionNothingChanges) {
  EXPECT_TRUE(is_endless("for {\n\t\ti++\n\t}"));
  EXPECT_TRUE(is_endless("for i < n {\n\t\twork()\n\t}"));
  EXPECT_TRUE(is_endless("for !done {\n\t}"));
  EXPECT_TRUE(is_endless("for i < n {\n\t\ti := i + 1\n\t\tuse(i)\n\t}"));
  EXPECT_TRUE(is_endless("for {\n\t\tswitch {\n\t\tdefault:\n\t\t\tbreak\n\t\t}\n\t}"));
}

TEST(EndlessLoop, IsNoneThatMayEnd) {
  EXPECT_FALSE(is_endless("for i < n {\n\t\ti++\n\t}"));
  EXPECT_FALSE(is_endless("for i := 0; i < n; i++ {\n\t\twork()\n\t}"));
  EXPECT_FALSE(is_endless("for {\n\t\tif i++; i > n {\n\t\t\tbreak\n\t\t}\n\t}"));
  EXPECT_FALSE(is_endless("for next() {\n\t\twork()\n\t}"));
  EXPECT_FALSE(is_endless("for range jobs {\n\t\twork()\n\t}"));
  EXPECT_FALSE(is_endless("for s.running {\n\t\twork()\n\t}"));
}

// 190 000 functions, asked for by name and by line: each answer is quick.
TEST(SourceFacts, AnswerQuicklyForALargeFile) {
  std::string source = "package x\n";
  for (int i = 0; i < 100'000; ++i) source += "func f(){}\n";
  Workspace workspace;
  workspace.files.push_back({"x.go", source});
  const SourceFacts facts = read_source_facts(workspace, ample());
  const CpuBudget second(std::chrono::seconds(1));
  for (int i = 0; i < 20'000; ++i) {
    EXPECT_EQ(facts.function_named("x.go", "g"), nullptr);
    EXPECT_EQ(facts.function_at("x.go", 50'000).first_line, 50'000);
  }
  EXPECT_FALSE(second.is_spent());
}

TEST(SourceFacts, StopReadingWhenTheBudgetIsSpent) {
  const CpuBudget none(Nanoseconds(0));
  const SourceFacts facts = read_source_facts(program("func main() { go f() }\n"), none);
  EXPECT_TRUE(facts.cut);
  EXPECT_EQ(facts.count(SourceMark::Kind::kGo), 0U);
}

TEST(SourceFacts, TakeNoSwitchForALiteral) {
  std::string source = "func f(c int) int {\n\tswitch c {\n";
  for (int i = 0; i < 2000; ++i)
    source += "\tcase " + std::to_string(i) + ", -" + std::to_string(i) + ":\n\t\treturn 1\n";
  source += "\t}\n\treturn 0\n}\nvar t = []int{\n";
  for (int i = 0; i < 2000; ++i) source += "\t" + std::to_string(i) + ",\n";
  const SourceFacts facts = read_source_facts(program(source + "}\n"), ample());
  EXPECT_EQ(facts.count(SourceMark::Kind::kLiteral), 1U);
}

}  // namespace
}  // namespace gobox::runner
