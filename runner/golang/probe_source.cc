// SPDX-License-Identifier: Apache-2.0

#include "runner/golang/probe_source.h"

#include <algorithm>
#include <array>
#include <vector>

#include "runner/golang/go_lexer.h"
#include "runner/golang/go_source.h"

namespace gobox::runner {
namespace {

constexpr std::string_view kPrefix = "goboxZ7";  // of every name the file declares
constexpr std::string_view kUserMain = "goboxZ7UserMain";
constexpr std::uint64_t kSmallMemory = std::uint64_t{64} << 20;

// Imports are renamed because an import may not bear the name of a thing the package declares.
constexpr std::string_view kProbe = R"go(package main

import (
	goboxZ7rt "runtime"
	goboxZ7debug "runtime/debug"
)

const (
	goboxZ7Stack  = @STACK@
	goboxZ7Notice = @NOTICE@
	goboxZ7Sites  = 12
	goboxZ7Groups = 4
	goboxZ7Middle = @MIDDLE@
	goboxZ7Inner  = 10
	goboxZ7Deep   = 16
)

var goboxZ7Page = [@PAGE@]byte{@MAGIC@}

var goboxZ7Stats goboxZ7rt.MemStats

var goboxZ7Records [1024]goboxZ7rt.MemProfileRecord

var goboxZ7Stacks [2048]goboxZ7rt.StackRecord

var goboxZ7Counts [2048]int

var goboxZ7Sums [1024]uint64

var goboxZ7At, goboxZ7End, goboxZ7Calls, goboxZ7Told int

var goboxZ7Last uint64

var _ = goboxZ7Start()

type goboxZ7Sentinel [8]uint64

//go:norace
func goboxZ7Start() int {
	goboxZ7debug.SetMaxStack(goboxZ7Stack)
	goboxZ7rt.SetFinalizer(new(goboxZ7Sentinel), goboxZ7Collected)
	return 0
}

//go:norace
func goboxZ7Collected(sentinel *goboxZ7Sentinel) {
	goboxZ7rt.SetFinalizer(sentinel, goboxZ7Collected)
	goboxZ7Calls++
	if goboxZ7Calls > 32 && goboxZ7Calls%8 != 0 {
		return
	}
	goboxZ7rt.ReadMemStats(&goboxZ7Stats)
	heap := goboxZ7Stats.HeapAlloc
	goboxZ7Open(40)
	goboxZ7Number(uint64(goboxZ7Stats.NumGC))
	goboxZ7Number(heap)
	goboxZ7Number(goboxZ7Stats.StackInuse)
	goboxZ7Number(uint64(goboxZ7rt.NumGoroutine()))
	goboxZ7Number(uint64(goboxZ7Stats.GCCPUFraction * 1000))
	goboxZ7Number(goboxZ7Stats.NextGC)
	goboxZ7Number(goboxZ7Stats.Sys)
	goboxZ7Number(uint64(goboxZ7Stats.NumForcedGC))
	goboxZ7Close()
	alive := goboxZ7rt.NumGoroutine()
	if alive >= 64 && alive >= goboxZ7Told*2 && alive+64 <= len(goboxZ7Stacks) && goboxZ7Newer() {
		goboxZ7Told = alive
		goboxZ7Goroutines(alive)
	}
	if heap < goboxZ7Notice || heap < goboxZ7Last+goboxZ7Last/16 && goboxZ7Calls%64 != 0 {
		return
	}
	goboxZ7Last = heap
	goboxZ7Profile()
}

// From Go 1.23 on. Go 1.19 ends a correct program that calls functions made by reflect while it is
// asked for its goroutines: "cannot read stack of running goroutine" (test/fixedbugs/issue39541.go).
func goboxZ7Newer() bool {
	version := goboxZ7rt.Version()
	return len(version) > 5 && version[:4] == "go1." &&
		(version[4] > '2' || version[4] == '2' && version[5] >= '3')
}

// Stacks that are the same are counted where the first of them lies.
//
//go:norace
func goboxZ7Goroutines(alive int) {
	count, fits := goboxZ7rt.GoroutineProfile(goboxZ7Stacks[:alive+64])
	if !fits {
		return
	}
	for index := 0; index < count; index++ {
		goboxZ7Counts[index] = 1
		for other := 0; other < index && other < 128; other++ {
			if goboxZ7Counts[other] > 0 && goboxZ7Stacks[other].Stack0 == goboxZ7Stacks[index].Stack0 {
				goboxZ7Counts[other]++
				goboxZ7Counts[index] = 0
				break
			}
		}
	}
	goboxZ7Open(goboxZ7Middle)
	for group := 0; group < goboxZ7Groups; group++ {
		largest := 0
		for index := 0; index < count; index++ {
			if goboxZ7Counts[index] > goboxZ7Counts[largest] {
				largest = index
			}
		}
		if goboxZ7Counts[largest] == 0 {
			break
		}
		goboxZ7Number(uint64(goboxZ7Counts[largest]))
		goboxZ7Byte('\n')
		goboxZ7Counts[largest] = 0
		goboxZ7Frames(goboxZ7Stacks[largest].Stack())
	}
	goboxZ7Close()
}

//go:norace
func goboxZ7Profile() {
	count, fits := goboxZ7rt.MemProfile(goboxZ7Records[:], false)
	if !fits {
		return
	}
	if count > goboxZ7Sites {
		goboxZ7Merge(count)
	}
	goboxZ7Open(512)
	for site := 0; site < goboxZ7Sites && site < count; site++ {
		largest := site
		for other := site + 1; other < count; other++ {
			if goboxZ7Weight(other) > goboxZ7Weight(largest) {
				largest = other
			}
		}
		goboxZ7Records[site], goboxZ7Records[largest] = goboxZ7Records[largest], goboxZ7Records[site]
		goboxZ7Site(&goboxZ7Records[site])
	}
	goboxZ7Close()
}

// A recursive function allocates with a stack for each depth: what was called by the same calls is
// one site. The sum of the calls stands for them, each counted once however often it recurs.
//
//go:norace
func goboxZ7Merge(count int) {
	for site := 0; site < count; site++ {
		goboxZ7Sums[site] = goboxZ7Sum(goboxZ7Records[site].Stack())
	}
	for site := 0; site < count; site++ {
		if goboxZ7Sums[site] == 0 {
			continue
		}
		for other := site + 1; other < count; other++ {
			if goboxZ7Sums[other] != goboxZ7Sums[site] {
				continue
			}
			goboxZ7Sums[other] = 0
			from := &goboxZ7Records[other]
			into := &goboxZ7Records[site]
			into.AllocBytes += from.AllocBytes
			into.FreeBytes += from.FreeBytes
			into.AllocObjects += from.AllocObjects
			into.FreeObjects += from.FreeObjects
			*from = goboxZ7rt.MemProfileRecord{}
		}
	}
}

//go:norace
func goboxZ7Sum(stack []uintptr) uint64 {
	var recent [4]uintptr
	next := 0
	sum := uint64(0)
	for _, pc := range stack {
		if pc == recent[0] || pc == recent[1] || pc == recent[2] || pc == recent[3] {
			continue
		}
		recent[next%len(recent)] = pc
		next++
		sum += uint64(pc) * 0x9e3779b97f4a7c15
	}
	return sum
}

//go:norace
func goboxZ7Weight(index int) int64 {
	record := &goboxZ7Records[index]
	return record.InUseBytes() + record.InUseObjects()*int64(goboxZ7rt.MemProfileRate)
}

//go:norace
func goboxZ7Site(record *goboxZ7rt.MemProfileRecord) {
	goboxZ7Number(uint64(record.InUseBytes()))
	goboxZ7Number(uint64(record.InUseObjects()))
	goboxZ7Number(uint64(goboxZ7rt.MemProfileRate))
	goboxZ7Byte('\n')
	goboxZ7Frames(record.Stack())
}

// The innermost ones, and further out the user's, each with what it called: a library's own calls
// in between can be many.
//
//go:norace
func goboxZ7Frames(stack []uintptr) {
	frames := goboxZ7rt.CallersFrames(stack)
	var before goboxZ7rt.Frame
	told := 0
	for depth := 0; told < goboxZ7Deep; depth++ {
		frame, more := frames.Next()
		user := len(frame.File) > 6 && frame.File[:6] == "/work/"
		if depth >= goboxZ7Inner && !user {
			before = frame
		} else if frame.Function != "" {
			if before.Function != "" {
				goboxZ7Frame(&before)
				before.Function = ""
				told++
			}
			goboxZ7Frame(&frame)
			told++
		}
		if !more {
			return
		}
	}
}

//go:norace
func goboxZ7Frame(frame *goboxZ7rt.Frame) {
	goboxZ7Byte('\t')
	goboxZ7Text(frame.Function)
	goboxZ7Byte('\t')
	goboxZ7Text(frame.File)
	goboxZ7Byte('\t')
	goboxZ7Number(uint64(frame.Line))
	goboxZ7Byte('\n')
}

//go:norace
func goboxZ7Open(at int) {
	goboxZ7Page[32]++
	goboxZ7At = at
	goboxZ7End = len(goboxZ7Page)
	if at < goboxZ7Middle {
		goboxZ7End = goboxZ7Middle
	}
	if at < 512 {
		goboxZ7End = 512
	}
}

//go:norace
func goboxZ7Close() {
	goboxZ7Byte(0)
	goboxZ7Page[32]++
}

//go:norace
func goboxZ7Byte(value byte) {
	if goboxZ7At < goboxZ7End-1 {
		goboxZ7Page[goboxZ7At] = value
		goboxZ7At++
	}
}

//go:norace
func goboxZ7Text(text string) {
	for index := 0; index < len(text); index++ {
		goboxZ7Byte(text[index])
	}
}

//go:norace
func goboxZ7Number(value uint64) {
	var digits [20]byte
	first := len(digits) - 1
	for ; value >= 10; first-- {
		digits[first] = byte('0' + value%10)
		value /= 10
	}
	digits[first] = byte('0' + value)
	for ; first < len(digits); first++ {
		goboxZ7Byte(digits[first])
	}
	goboxZ7Byte(' ')
}
)go";

// Goroutines that are only about to end are no leak: they get a moment.
constexpr std::string_view kGoroutineReport = R"go(
func main() {
	goboxZ7UserMain()
	for turn := 0; turn < 200 && goboxZ7rt.NumGoroutine() > 1; turn++ {
		goboxZ7rt.Gosched()
	}
	for turn := 0; turn < 10 && goboxZ7rt.NumGoroutine() > 1; turn++ {
		goboxZ7time.Sleep(goboxZ7time.Millisecond)
	}
	room := 65536
	report := make([]byte, room)
	used := goboxZ7rt.Stack(report, true)
	for used == room && room < @DUMP@ {
		room *= 4
		report = make([]byte, room)
		used = goboxZ7rt.Stack(report, true)
	}
	goboxZ7Write("@BEGIN@")
	goboxZ7Write(string(report[:used]))
	goboxZ7Write("@END@")
}

func goboxZ7Write(text string) {
	for len(text) > 0 {
		wrote, failure := goboxZ7sys.Write(2, []byte(text))
		if failure == goboxZ7sys.EINTR || failure == goboxZ7sys.EAGAIN {
			continue
		}
		if failure != nil || wrote <= 0 {
			return
		}
		text = text[wrote:]
	}
}
)go";

// What stands for the constants where the probe is a package.
constexpr std::string_view kProbeLimits = R"go(
var goboxZ7StackText, goboxZ7NoticeText string

var goboxZ7Stack = int(goboxZ7Parse(goboxZ7StackText))

var goboxZ7Notice = goboxZ7Parse(goboxZ7NoticeText)

//go:norace
func goboxZ7Parse(text string) (number uint64) {
	for i := 0; i < len(text); i++ {
		number = number*10 + uint64(text[i]-'0')
	}
	return number
}
)go";

// Predeclared names the file uses: a package that declares one of them means something else.
constexpr std::array<std::string_view, 10> kNeededNames{"uint64",  "int64", "int", "byte", "string",
                                                        "uintptr", "len",   "new", "make", "nil"};

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
}

std::string quoted_marker(std::string_view marker) {
  std::string text;
  for (const char byte : marker) {
    if (byte == '\n') {
      text += "\\n";
    } else if (static_cast<unsigned char>(byte) < 0x20) {
      text += std::string("\\x0") + static_cast<char>('0' + byte);
    } else {
      text += byte;
    }
  }
  return text;
}

std::string magic_elements() {
  std::string text;
  for (const char byte : kProbeMagic) text += std::to_string(static_cast<int>(byte)) + ", ";
  return text;
}

std::uint64_t stack_limit_of(const ProbeRequest& request) {
  return request.stack_bytes > 0 ? request.stack_bytes : stack_limit_for(request.memory_bytes);
}

std::string probe_text(const ProbeRequest& request, bool goroutines) {
  std::string text(kProbe);
  if (goroutines) {
    replace_all(text, "\tgoboxZ7debug \"runtime/debug\"\n",
                "\tgoboxZ7debug \"runtime/debug\"\n\tgoboxZ7sys \"syscall\"\n"
                "\tgoboxZ7time \"time\"\n");
    text += kGoroutineReport;
    const std::uint64_t most = std::clamp<std::uint64_t>(request.memory_bytes / 32, 65536, 8 << 20);
    replace_all(text, "@DUMP@", std::to_string(most));
    replace_all(text, "@BEGIN@", quoted_marker(kGoroutinesBegin));
    replace_all(text, "@END@", quoted_marker(kGoroutinesEnd));
  }
  replace_all(text, "@STACK@", std::to_string(stack_limit_of(request)));
  replace_all(text, "@NOTICE@", std::to_string(request.memory_bytes / 4));
  replace_all(text, "@PAGE@", std::to_string(kProbePageSize));
  replace_all(text, "@MIDDLE@", std::to_string(kProbeGroupsAt));
  replace_all(text, "@MAGIC@", magic_elements());
  return text;
}

bool lies_in(std::string_view path, std::string_view directory) {
  const std::size_t slash = path.rfind('/');
  return (slash == std::string_view::npos ? std::string_view() : path.substr(0, slash)) ==
         directory;
}

// Whether a token at the top level, or in its parentheses (grouped declarations), is one of the
// names needed. Parameters at the top level count too: too careful is right here.
bool declares_needed_name(std::string_view source) {
  GoLexer lexer(source);
  int braces = 0;
  GoToken before;
  for (GoToken token = lexer.next(); token.kind != GoToken::Kind::kEnd; token = lexer.next()) {
    if (token.is("{")) ++braces;
    if (token.is("}")) --braces;
    const bool named =
        std::find(kNeededNames.begin(), kNeededNames.end(), token.text) != kNeededNames.end();
    const bool declaring = token.begins_line || before.is("func") || before.is("type") ||
                           before.is("var") || before.is("const") || before.is("(");
    if (braces == 0 && named && declaring && token.kind == GoToken::Kind::kWord) {
      const std::size_t at = static_cast<std::size_t>(token.text.data() - source.data());
      const std::string_view after = source.substr(at + token.text.size(), 1);
      // "(string)" is a result or a conversion, "(string " might declare.
      if (!before.is("(") || (after != ")" && after != ",")) return true;
    }
    before = token;
  }
  return false;
}

std::string reason_against(const Workspace& workspace, std::string_view directory) {
  for (const SourceFile& file : workspace.files) {
    if (!file.path.ends_with(".go") || !lies_in(file.path, directory)) continue;
    if (file.bytes.view().find(kPrefix) != std::string::npos) {
      return quote_path(file.path) + " uses names that begin with " + std::string(kPrefix);
    }
    if (file.bytes.view().find("//go:embed") != std::string::npos) {
      return quote_path(file.path) + " embeds files, and might embed one more";
    }
    if (declares_needed_name(file.bytes)) {
      return quote_path(file.path) + " declares a name that Go predeclares";
    }
  }
  return {};
}

// Where `func main` has its name, if exactly there is one that takes nothing.
std::optional<std::size_t> main_name(std::string_view source) {
  GoLexer lexer(source);
  int depth = 0;
  bool after_func = false;
  for (GoToken token = lexer.next(); token.kind != GoToken::Kind::kEnd; token = lexer.next()) {
    if (depth == 0 && after_func && token.is("main")) {
      return static_cast<std::size_t>(token.text.data() - source.data());
    }
    after_func = depth == 0 && token.is("func");
    if (token.is("{") || token.is("(")) ++depth;
    if (token.is("}") || token.is(")")) --depth;
  }
  return std::nullopt;
}

// "func main()" becomes "func goboxZ7UserMain/*line :L:C*/()": what follows keeps its place.
void rename_main(std::string& source, std::size_t at) {
  const std::string_view before(source.data(), at);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t line_start = before.rfind('\n') + 1;
  constexpr std::size_t kNameSize = 4;
  const std::size_t column = at - line_start + 1 + kNameSize;
  source.replace(at, kNameSize,
                 std::string(kUserMain) + "/*line :" + std::to_string(line) + ":" +
                     std::to_string(column) + "*/");
}

bool rename_main_in(Workspace& workspace, std::string_view directory) {
  SourceFile* holder = nullptr;
  std::size_t place = 0;
  for (SourceFile& file : workspace.files) {
    if (!file.path.ends_with(".go") || file.path.ends_with("_test.go")) continue;
    if (!lies_in(file.path, directory) || scan_go_file(file.bytes).package != "main") continue;
    const auto at = main_name(file.bytes);
    if (!at) continue;
    if (holder != nullptr) return false;  // by build constraints: which one counts?
    holder = &file;
    place = *at;
  }
  if (holder == nullptr) return false;
  std::string source = holder->bytes.text();
  rename_main(source, place);
  holder->bytes = std::move(source);
  return true;
}

}  // namespace

std::string probe_package_text() {
  std::string text(kProbe);
  replace_all(text, "package main\n", "package probe\n");
  replace_all(text, "\tgoboxZ7Stack  = @STACK@\n\tgoboxZ7Notice = @NOTICE@\n", "");
  replace_all(text, "@PAGE@", std::to_string(kProbePageSize));
  replace_all(text, "@MIDDLE@", std::to_string(kProbeGroupsAt));
  replace_all(text, "@MAGIC@", magic_elements());
  return text + std::string(kProbeLimits);
}

std::string probe_import_text() {
  return "package main\n\nimport _ \"" + std::string(kProbePackage) + "\"\n";
}

std::vector<std::string> probe_link_flags(const ProbeRequest& request) {
  const std::string prefix = "-X=" + std::string(kProbePackage) + ".goboxZ7";
  return {prefix + "StackText=" + std::to_string(stack_limit_of(request)),
          prefix + "NoticeText=" + std::to_string(request.memory_bytes / 4)};
}

std::uint64_t stack_limit_for(std::uint64_t memory_bytes) {
  const std::uint64_t share = memory_bytes < kSmallMemory ? 4 : 2;
  return std::min(memory_bytes / share, kGoMaxStack);
}

ProbePlacement add_probe(Workspace& workspace, std::string_view directory,
                         const ProbeRequest& request) {
  ProbePlacement placement;
  placement.left_out = reason_against(workspace, directory);
  if (!placement.left_out.empty()) return placement;
  placement.goroutines = request.goroutines && rename_main_in(workspace, directory);
  const std::string path =
      (directory.empty() ? std::string() : std::string(directory) + "/") + std::string(kProbeFile);
  const auto put = put_file(workspace, {path, probe_text(request, placement.goroutines)});
  if (put) {
    placement.path = path;
  } else {
    placement.left_out = put.error().message;
  }
  return placement;
}

}  // namespace gobox::runner
