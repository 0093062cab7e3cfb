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

Frame in_runtime(const std::string& function) {
  return {.function = function, .file = {}, .line = 0, .user = false};
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

TEST(ValueFlow, FollowsAnArgumentToItsOwnParameterOnly) {
  const auto found = holder(R"(
type cache struct { entries map[string][]byte; order []string }
func (c *cache) put(k string, v []byte) {
	c.order = append(c.order, k)
	c.entries[k] = v
}
func main() {
	c := &cache{entries: map[string][]byte{}}
	for i := 0; ; i++ {
		c.put(strconv.Itoa(i), make([]byte, 32<<10))
	}
}
)",
                            {in_runtime("runtime.makeslice"), at(11, "main.main")});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->kind, Holder::Kind::kMap);
  EXPECT_EQ(found->name, "c.entries");
}

TEST(ValueFlow, KnowsAStatementThatEndsInPlusPlus) {
  const auto found = holder(R"(
type server struct { hits map[string]int; bodies map[string]string }
func (s *server) handle(path string) {
	s.hits[path[:4]]++
	body := fmt.Sprintf("%s", path)
	s.bodies[path] = body
}
)",
                            {in_runtime("fmt.Sprintf"), at(6, "main.(*server).handle")});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->name, "s.bodies");
}

TEST(ValueFlow, FollowsWhatIsFilledAndWhatIsRangedOver) {
  const auto filled = holder(R"(
type repo struct { rows []row }
func (r *repo) load(doc string) error {
	var v row
	if err := json.Unmarshal([]byte(doc), &v); err != nil {
		return err
	}
	r.rows = append(r.rows, v)
	return nil
}
)",
                             {in_runtime("encoding/json.Unmarshal"), at(6, "main.(*repo).load")});
  ASSERT_TRUE(filled.has_value());
  EXPECT_EQ(filled->name, "r.rows");
  const auto ranged =
      holder(R"(
type index struct { seen map[string]string }
func (x *index) add(doc int) {
	for _, w := range words(doc) {
		x.seen[w] = w
	}
}
func words(doc int) []string {
	return strings.Fields(text(doc))
}
)",
             {in_runtime("strings.Fields"), at(10, "main.words"), at(5, "main.(*index).add")});
  ASSERT_TRUE(ranged.has_value());
  EXPECT_EQ(ranged->name, "x.seen");
}

TEST(ValueFlow, SeesThatAPartIsKeptThroughAMethodAndASplit) {
  const auto method = holder(R"(
func (p packet) header() []byte { return p[:8] }
func main() {
	seen := map[int][]byte{}
	for i := 0; ; i++ {
		p := receive(i)
		seen[i] = p.header()
	}
}
func receive(i int) packet {
	p := make(packet, 9000)
	return p
}
)",
                             {at(12, "main.receive"), at(7, "main.main")});
  ASSERT_TRUE(method.has_value());
  EXPECT_EQ(method->name, "seen");
  EXPECT_TRUE(method->sliced);
  const auto split = holder(R"(
type journal struct { levels []string }
func (j *journal) ingest(line string) {
	fields := strings.SplitN(line, " ", 3)
	j.levels = append(j.levels, fields[1])
}
func main() {
	j := &journal{}
	for i := 0; ; i++ {
		j.ingest(fmt.Sprintf("%d INFO", i))
	}
}
)",
                            {in_runtime("fmt.Sprintf"), at(11, "main.main")});
  ASSERT_TRUE(split.has_value());
  EXPECT_EQ(split->name, "j.levels");
  EXPECT_TRUE(split->sliced);
}

TEST(ValueFlow, SeesWhatAClosureChanges) {
  const auto found = holder(R"(
type bus struct { handlers map[string][]func(int) }
func (b *bus) on(topic string, h func(int)) {
	b.handlers[topic] = append(b.handlers[topic], h)
}
func attach(b *bus, id int) {
	state := make([]byte, 2048)
	b.on("update", func(v int) { state[v]++ })
}
)",
                            {in_runtime("runtime.makeslice"), at(8, "main.attach")});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->name, "b.handlers");
}

TEST(ValueFlow, TakesNoCopyForGrowth) {
  const auto found = holder(R"(
var last []byte
func keep(b []byte) {
	last = append([]byte(nil), b...)
}
)",
                            {in_runtime("runtime.growslice"), at(5, "main.keep")});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->kind, Holder::Kind::kVariable);
}

TEST(EndlessLoop, AsksAPureFunctionOfWhatNothingChanges) {
  const Workspace workspace = program(R"(
func split(text, sep string) {
	rest := text
	for strings.Contains(rest, sep) {
		next := rest[1:]
		_ = next
	}
	for strings.Contains(rest, sep) {
		rest = rest[1:]
	}
}
)");
  ValueFlow flow(&workspace, ample());
  const Loop* const endless = flow.endless_loop_at("main.go", 6);
  ASSERT_NE(endless, nullptr);
  EXPECT_EQ(endless->line, 5);
  EXPECT_EQ(flow.endless_loop_at("main.go", 10), nullptr);
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
