#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""ci_bench.py BUILD [--rounds N] [--generated N] [--room DIR] [--results DIR] [DIR | MODULE@VERSION]...

What `sandbox-run test` costs beside bare `go test`, on the same modules with the same flags: processor time and wall
clock of a first run and of a second, interleaved. The tables of docs/performance.md.

Cold: the standard library is compiled (as `sandbox-run warm` leaves it), the module and what it requires are not.
Second: the same again; the sandbox has its --cache, the bare command its GOCACHE. Modules are downloaded before.
Tests of other people's modules that run bare can do what their user can, so as root the bare side sees the host
read-only, in a mount namespace of its own."""

import argparse
import json
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

MODULES = ["github.com/spf13/pflag@v1.0.10", "github.com/BurntSushi/toml@v1.5.0",
           "github.com/sirupsen/logrus@v1.9.3", "github.com/google/go-cmp@v0.7.0", "github.com/gin-gonic/gin@v1.10.1"]
FLAGS = ["-count=1", "./..."]
COLD, SECOND = "cold", "second"
GOAL = {COLD: 1.3, SECOND: 1.5}
TIMEOUT = 900

READ_ONLY = """mount --make-rprivate / && mount --bind "$1" "$1" && mount -o remount,ro,bind / &&
mount -o remount,rw,bind "$1" && cd "$2" && shift 2 && exec "$@" """


class Meter:
    """Processor time of a command and all that it starts. Cgroup v1 counts it below a group of ours; elsewhere it is
    what the processes waited for used, and what the result says of its stages."""

    def __init__(self):
        self.group = None
        for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines():
            _, names, path = line.split(":", 2)
            if "cpuacct" not in names.split(","):
                continue
            for mount in ("/sys/fs/cgroup/cpuacct", "/sys/fs/cgroup/cpu,cpuacct"):
                group = pathlib.Path(mount + path) / f"gobox-bench-{os.getpid()}"
                try:
                    group.mkdir()
                    self.group = group
                    break
                except OSError:
                    pass

    def close(self):
        if self.group:
            self.group.rmdir()

    def usage(self):
        if self.group:
            return int((self.group / "cpuacct.usage").read_text()) / 1e9
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    def enter(self):
        if self.group:
            (self.group / "cgroup.procs").write_text(str(os.getpid()))

    def run(self, command, cwd, env):
        """Wall, processor time and stdout."""
        before, started = self.usage(), time.monotonic()
        done = subprocess.run(command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=TIMEOUT,
                              preexec_fn=self.enter, check=False)
        return time.monotonic() - started, self.usage() - before, done.stdout.decode(errors="replace")


class Bench:
    def __init__(self, build, room):
        self.sandbox = str(build / "bin" / "sandbox-run")
        self.room = room
        self.gocache = room / "gocache"
        self.caches = room / "caches"
        self.meter = Meter()
        self.go = dict(os.environ, GOCACHE=str(self.gocache), CGO_ENABLED="0", GOFLAGS="-mod=mod", GOWORK="off",
                       GOMODCACHE=self.output(["go", "env", "GOMODCACHE"]), TMPDIR=str(room))
        self.seed = set()

    @staticmethod
    def output(command, **options):
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, **options).stdout.strip()

    def fetch(self, module):
        """A copy of a module, with all that it requires downloaded; None where it cannot be had."""
        if pathlib.Path(module).is_dir():
            source = pathlib.Path(module).resolve()
        else:
            done = subprocess.run(["go", "mod", "download", "-json", module], cwd=self.room, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, env=dict(self.go, GOFLAGS=""), check=False)
            found = json.loads(done.stdout or b"{}")
            if "Dir" not in found:
                print(f"ci-bench: {module} cannot be had: {found.get('Error', 'no answer')}; left out", flush=True)
                return None
            source = pathlib.Path(found["Dir"])
        copy = self.room / source.name.replace("@", "-")
        if copy.exists():
            return copy
        shutil.copytree(source, copy)
        subprocess.run(["chmod", "-R", "u+w", copy], check=True)
        subprocess.run(["go", "mod", "download"], cwd=copy, env=self.go, check=True)
        # What the bare go command would add to go.mod and go.sum is there for both.
        subprocess.run(["go", "list", "-test", "-deps", "./..."], cwd=copy, env=self.go, stdout=subprocess.DEVNULL,
                       check=True)
        return copy

    def generate(self, count):
        module = self.room / f"generated-{count}"
        if module.exists():
            return module
        module.mkdir()
        (module / "go.mod").write_text("module example.com/generated\n\ngo 1.19\n")
        for i in range(count):
            name = f"p{i:03}"
            (module / name).mkdir()
            (module / name / "p.go").write_text(
                f'package {name}\n\nimport (\n\t"encoding/json"\n\t"strings"\n)\n\n'
                'func Upper(v any) string {\n\tb, _ := json.Marshal(v)\n\treturn strings.ToUpper(string(b))\n}\n')
            (module / name / "p_test.go").write_text(
                f'package {name}\n\nimport "testing"\n\nfunc TestUpper(t *testing.T) {{\n'
                '\tif Upper("a") != `"A"` {\n\t\tt.Fatal(Upper("a"))\n\t}\n}\n')
        return module

    def compile_standard_library(self, modules):
        """As both sides find it: what the modules' packages and tests import of it, compiled and vetted."""
        kept = self.room / "seed.json"
        if kept.exists():
            self.seed = set(map(pathlib.Path, json.loads(kept.read_text())))
            return
        packages = set()
        for module in modules:
            packages |= set(self.output(["go", "list", "-deps", "-test", "-f",
                                         "{{if .Standard}}{{.ImportPath}}{{end}}", "./..."],
                                        cwd=module, env=self.go).split())
        taken = sorted(p for p in packages if "internal" not in p.split("/") and not p.startswith("vendor/")
                       and p not in ("unsafe", "runtime/cgo"))
        stub = self.room / "stub"
        stub.mkdir()
        (stub / "go.mod").write_text("module example.com/stub\n\ngo 1.19\n")
        imports = "".join(f'\t_ "{each}"\n' for each in taken)
        (stub / "s.go").write_text(f"package stub\n\nimport (\n{imports})\n")
        (stub / "s_test.go").write_text('package stub\n\nimport "testing"\n\nfunc Test(t *testing.T) {}\n')
        subprocess.run(["go", "test", "./..."], cwd=stub, env=self.go, check=True, stdout=subprocess.DEVNULL)
        # The prepared caches as they are, without anything of earlier jobs.
        environment = dict(os.environ, GOBOX_CACHE_DIR=str(self.caches))
        for place in filter(None, [os.environ.get("GOBOX_CACHE_DIR"), "/var/cache/gobox",
                                   str(pathlib.Path.home() / ".cache" / "gobox")]):
            prepared = [each for each in pathlib.Path(place).glob("go*-plain-*") if each.is_dir()]
            if prepared:
                self.caches.mkdir()
                for each in prepared:
                    subprocess.run(["cp", "-a", each, self.caches], check=True)
                break
        subprocess.run([self.sandbox, "test", "--policy", "ci", "--cache", "off", str(stub)], env=environment,
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.seed = {path for path in self.gocache.rglob("*") if path.is_file()}
        kept.write_text(json.dumps(list(map(str, self.seed))))

    def make_cold(self):
        for path in self.gocache.rglob("*"):
            if path.is_file() and path not in self.seed:
                path.unlink()
        for each in ("layers", "tests"):
            shutil.rmtree(self.caches / each, ignore_errors=True)

    def bare(self, module):
        command = ["go", "test", *FLAGS]
        if os.geteuid() == 0:
            command = ["unshare", "-m", "sh", "-c", READ_ONLY, "sh", str(self.room), str(module), *command]
        wall, cpu, _ = self.meter.run(command, module, self.go)
        return wall, cpu

    def boxed(self, module):
        command = [self.sandbox, "test", "--policy", "ci", "--cache", "bench", "--json", *FLAGS]
        environment = dict(os.environ, GOBOX_CACHE_DIR=str(self.caches), GOFLAGS="-mod=mod")
        wall, cpu, text = self.meter.run(command, module, environment)
        result = json.loads(text)
        if result["outcome"] in ("sandbox_error", "fetch_error", "compile_error"):
            sys.exit(f"ci-bench: {module.name}: {result['outcome']}: {result['message']}")
        if not self.meter.group:
            cpu += sum(stage["cpu_user_ms"] + stage["cpu_system_ms"] for stage in result["stages"]) / 1000
        return wall, cpu

    def measure(self, module, rounds):
        samples = {(side, run): [] for side in ("bare", "boxed") for run in (COLD, SECOND)}
        for _ in range(rounds):
            self.make_cold()
            for run in (COLD, SECOND):
                samples["bare", run].append(self.bare(module))
                samples["boxed", run].append(self.boxed(module))
        return samples


def median(samples, figure):
    return statistics.median(each[figure] for each in samples)


def rows_of(name, samples):
    rows = []
    for run in (COLD, SECOND):
        row = {"module": name, "run": run, "rounds": len(samples["bare", run]), "goal": GOAL[run]}
        for figure, what in ((1, "cpu"), (0, "wall")):
            bare, boxed = median(samples["bare", run], figure), median(samples["boxed", run], figure)
            spread = [each[figure] for each in samples["boxed", run]]
            row[what] = {"bare_s": round(bare, 3), "sandbox_s": round(boxed, 3), "ratio": round(boxed / bare, 2),
                         "sandbox_min_s": round(min(spread), 3), "sandbox_max_s": round(max(spread), 3)}
        rows.append(row)
    return rows


def print_table(rows):
    print("| module | run | CPU bare | CPU sandbox | | wall bare | wall sandbox | | goal |")
    print("|---|---|---|---|---|---|---|---|---|")
    for row in rows:
        cpu, wall = row["cpu"], row["wall"]
        reached = cpu["ratio"] <= row["goal"] and wall["ratio"] <= row["goal"]
        print(f"| {row['module']} | {row['run']} | {cpu['bare_s']:.2f} s | {cpu['sandbox_s']:.2f} s | {cpu['ratio']:.2f} x "
              f"| {wall['bare_s']:.2f} s | {wall['sandbox_s']:.2f} s | {wall['ratio']:.2f} x "
              f"| <= {row['goal']} x: {'reached' if reached else 'missed'} |")


def main():
    parser = argparse.ArgumentParser(prog="ci_bench.py", description=__doc__)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--generated", type=int, default=20, help="packages of the generated module; 0: without it")
    parser.add_argument("--room", type=pathlib.Path, help="a directory for caches and copies, kept for the next time")
    parser.add_argument("--results", type=pathlib.Path, help="writes ci.json below it")
    parser.add_argument("modules", nargs="*", default=MODULES)
    arguments = parser.parse_intermixed_args()
    with tempfile.TemporaryDirectory(prefix="ci-bench-") as name:
        room = (arguments.room or pathlib.Path(name)).resolve()
        room.mkdir(parents=True, exist_ok=True)
        bench = Bench(arguments.build.resolve(), room)
        try:
            modules = [each for each in map(bench.fetch, arguments.modules) if each]
            if arguments.generated:
                modules.append(bench.generate(arguments.generated))
            bench.compile_standard_library(modules)
            print("ci-bench: prepared", flush=True)
            rows = []
            for module in modules if arguments.rounds else []:
                rows += rows_of(module.name, bench.measure(module, arguments.rounds))
                print_table(rows[-2:])
                sys.stdout.flush()
        finally:
            bench.meter.close()
    if arguments.results and rows:
        (arguments.results / "ci.json").write_text(json.dumps({"rows": rows}, indent=1) + "\n")
    print()
    print_table(rows)


if __name__ == "__main__":
    main()
