// SPDX-License-Identifier: Apache-2.0

#include "runner/golang/cache_samples.h"

#include <string>

#include "runner/golang/build_recipe.h"
#include "runner/golang/standard_library.h"

namespace gobox::runner {
namespace {

// Packages most programs import: vet's facts about them are worth having beforehand.
constexpr const char* kVetSample = R"(package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"math"
	"math/rand"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"text/template"
	"time"
	"unicode/utf8"
)

var _ = []any{bufio.NewReader, bytes.NewReader, context.Background, json.Marshal, errors.New,
	flag.Parse, fmt.Sprint, io.EOF, log.Println, math.Sqrt, rand.Intn, http.Get, os.Exit,
	exec.Command, signal.Notify, filepath.Join, reflect.TypeOf, regexp.MustCompile, runtime.GC,
	sort.Ints, strconv.Itoa, strings.Split, sync.NewCond, atomic.AddInt64, testing.Short,
	template.New, time.Now, utf8.RuneLen}

func main() {}
)";

constexpr const char* kStarterSample = R"(package main

import "fmt"

func main() { fmt.Println() }
)";

// A test that imports all of the standard library.
std::string test_sample(const Toolchain& toolchain) {
  std::string text = "package tested\n\nimport (\n\t\"testing\"\n";
  for (const std::string& package : importable_packages(toolchain)) {
    if (package != "testing") text += "\t_ \"" + package + "\"\n";
  }
  return text + ")\n\nfunc TestNothing(t *testing.T) {}\n";
}

}  // namespace

Result<Workspace> cache_samples(const Toolchain& toolchain, bool starts) {
  Workspace sample;
  TRY(put_file(sample, {.path = "go.mod",
                        .bytes = "module " + std::string(kSampleModule) + "\n\ngo " +
                                 toolchain.language_version() + "\n"}));
  TRY(put_file(sample, {.path = "main.go", .bytes = starts ? kStarterSample : kVetSample}));
  if (!starts) {
    TRY(put_file(sample, {.path = "tested/tested_test.go", .bytes = test_sample(toolchain)}));
  }
  TRY(put_file(sample, {.path = "refused/main.go",
                        .bytes = "package main\n\nfunc main() { undeclared() }\n"}));
  return sample;
}

}  // namespace gobox::runner
