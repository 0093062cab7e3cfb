// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"strings"
	"unicode"
)

// structNames are the Go names of objects that have none in the document: by the struct and the property they stand
// in. One name may stand for several, which must then be alike. Others are called after both.
var structNames = map[string]string{
	"RunRequest.limits":                  "Limits",
	"RunRequest.test":                    "TestFlags",
	"Stage.exceeded":                     "Exceeded",
	"Result.exceeded":                    "Exceeded",
	"Stage.violation":                    "Violation",
	"Stage.refused_syscalls":             "Violation",
	"Result.violation":                   "Violation",
	"Diagnosis.runtime_message":          "RuntimeMessage",
	"Diagnosis.goroutines":               "Goroutines",
	"Diagnosis.goroutine_dump":           "GoroutineDump",
	"Diagnosis.races":                    "Race",
	"Race.accesses":                      "RaceAccess",
	"Diagnosis.gc":                       "GCSummary",
	"GCSummary.heap":                     "GCPoint",
	"Diagnosis.heap":                     "HeapSummary",
	"HeapSummary.sites":                  "HeapSite",
	"Diagnosis.memory":                   "MemoryAtItsFullest",
	"Diagnosis.cpu":                      "CPUShares",
	"Diagnosis.compile":                  "CompileDiagnosis",
	"CompileDiagnosis.killed":            "KilledTool",
	"CompileDiagnosis.largest":           "ProcessMemory",
	"MemoryAtItsFullest.largest_process": "ProcessMemory",
	"Timeline.points":                    "TimelinePoint",
	"Timeline.marks":                     "TimelineMark",
	"Stage.leftover_files":               "LeftoverFiles",
	"Result.artifacts":                   "Artifact",
	"Result.events":                      "Output",
	"Result.modules":                     "Module",
	"Result.cached":                      "Cached",
	"Result.isolation":                   "Isolation",
	"PackageTests.tests":                 "Test",
	"Hint.proved":                        "Proof",
	"Toolchains.toolchains":              "Toolchain",
	"Policies.policies":                  "Policy",
	"Policy.limits":                      "PolicyLimits",
	"Policy.most":                        "PolicyLimits",
	"Stage.output_omitted_bytes":         "OmittedBytes",
	"Result.output_omitted_bytes":        "OmittedBytes",
	"Result.queue":                       "Delivery",
	"Result.callback":                    "Callback",
	"RunState.callback":                  "Callback",
	"Workers.workers":                    "Worker",
	"Worker.toolchains":                  "WorkerToolchain",
	"Modules.modules":                    "KeptModule",
	"PlaygroundAnswer.Events":            "PlaygroundEvent",
	"PlaygroundAnswer.Sandbox":           "PlaygroundSandbox",
}

// enumNames are the enumerations that get a type, with what their constants begin with. Others are strings.
var enumNames = map[string]enum{
	"Result.outcome":               {"Outcome", "Outcome"},
	"Stage.outcome":                {"Outcome", "Outcome"},
	"PackageTests.outcome":         {"Outcome", "Outcome"},
	"PlaygroundSandbox.outcome":    {"Outcome", "Outcome"},
	"Result.stage":                 {"StageName", "Stage"},
	"Stage.name":                   {"StageName", "Stage"},
	"PackageTests.stage":           {"StageName", "Stage"},
	"Test.outcome":                 {"TestOutcome", "Test"},
	"RunRequest.kind":              {"Kind", "Kind"},
	"RunState.state":               {"State", "State"},
	"RunRequest.stdin_encoding":    {"Encoding", "Encoding"},
	"Stage.stdout_encoding":        {"Encoding", "Encoding"},
	"Stage.stderr_encoding":        {"Encoding", "Encoding"},
	"Result.stdout_encoding":       {"Encoding", "Encoding"},
	"Result.stderr_encoding":       {"Encoding", "Encoding"},
	"Test.output_encoding":         {"Encoding", "Encoding"},
	"PackageTests.output_encoding": {"Encoding", "Encoding"},
}

// written are types that stand in other files of the package, by struct and property.
var written = map[string]string{
	"RunRequest.files": "map[string]File",
	// As wide as a register, or without an end.
	"Violation.arguments":         "[]uint64",
	"RuntimeMessage.amount":       "*uint64",
	"GCSummary.goal_bytes":        "uint64",
	"GCPoint.goal_bytes":          "uint64",
	"HeapSummary.next_goal_bytes": "uint64",
}

// extras are fields the document does not have, by struct: lines of source.
var extras = map[string]string{
	"RunRequest": "// Extra are fields of a newer server's that this client does not know, by their names in JSON.\n" +
		"Extra map[string]any `json:\"-\"`\n",
}

type enum struct {
	name   string
	prefix string
}

var initialisms = map[string]string{
	"id": "ID", "ms": "MS", "cpu": "CPU", "cpus": "CPUs", "pid": "PID", "ppid": "PPID", "pids": "PIDs", "oom": "OOM",
	"ok": "OK", "gogc": "GOGC", "gomemlimit": "GOMEMLIMIT", "ldflags": "LDFlags", "gcflags": "GCFlags",
	"gctrace": "GCTrace", "sha256": "SHA256", "utf": "UTF", "cgo": "CGO", "href": "Href", "io": "IO", "url": "URL", "gc": "GC", "p50": "P50", "p99": "P99",
}

// goName makes "cpu_user_ms" CPUUserMS.
func goName(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	var out strings.Builder
	for _, word := range words {
		if known, ok := initialisms[word]; ok {
			out.WriteString(known)
			continue
		}
		runes := []rune(word)
		runes[0] = unicode.ToUpper(runes[0])
		out.WriteString(string(runes))
	}
	return out.String()
}
