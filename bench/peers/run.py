#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""bench/peers/run.py BUILD_DIR [--rounds N]: sandbox-run beside what else one might use.

Takes bubblewrap, runc, crun and gVisor's runsc where they are installed and run here; as root. Each is set up as well as
its user can: bubblewrap in a control group of its own with the same limits, the OCI runtimes with theirs in the bundle,
and a caller who keeps the time, cuts the output, kills what is left and reads the group's OOM counter. Everything is
interleaved round by round. Prints Markdown tables; figures go to bench/results/peers.json. GOCACHE, where it is set, is
the cache that the others compile with; else one is made.

The programs in bench/peers/programs are hostile: every one runs under limits and an outer deadline.
"""

import argparse
import datetime
import http.client
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from sandboxes import Bubblewrap, Gobox, Oci, Plain

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WALL = 8.0  # seconds that a tricky program is given


def milliseconds(seconds):
    return f"{seconds * 1e3:.2f} ms" if seconds < 0.1 else f"{seconds * 1e3:.0f} ms"


def spread(samples):
    """Median, and the tenth and ninetieth percentile."""
    ordered = sorted(samples)
    at = lambda share: ordered[min(len(ordered) - 1, int(share * len(ordered)))]
    return {"median": statistics.median(ordered), "p10": at(0.1), "p90": at(0.9), "samples": len(ordered)}


def interleaved(rounds, jobs):
    """jobs: name -> function that returns seconds. One of each per round, the order turning."""
    samples = {name: [] for name in jobs}
    names = list(jobs)
    for number in range(rounds):
        for name in names[number % len(names):] + names[:number % len(names)]:
            samples[name].append(jobs[name]())
    return {name: spread(each) for name, each in samples.items()}


def timed(function, *arguments):
    started = time.monotonic()
    function(*arguments)
    return time.monotonic() - started


def must(run):
    if run.status != 0:
        raise RuntimeError(f"{run.argv}: exit status {run.status}\n{run.output.decode(errors='replace')}")


def table(title, head, rows):
    print(f"\n## {title}\n\n| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    sys.stdout.flush()


def table_of_times(title, results):
    least = min(each["median"] for each in results.values())
    rows = [(name, milliseconds(each["median"]), f"{milliseconds(each['p10'])} to {milliseconds(each['p90'])}",
             f"{each['median'] / least:.1f} x", str(each["samples"])) for name, each in results.items()]
    table(title, ("", "median", "p10 to p90", "against the least", "samples"), rows)


class Server:
    """A sandbox-api on a port of its own."""

    def __init__(self, build, scratch):
        self.process = subprocess.Popen(
            [str(build / "bin/sandbox-api"), "--address", "127.0.0.1:0", "--data-dir", str(scratch / "data"), "--quiet"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        line = self.process.stdout.readline().decode()
        self.port = int(line.rsplit(":", 1)[1].split("/")[0])
        deadline = time.monotonic() + 600
        while self.call("GET", "/readyz")[0] != 200:
            if time.monotonic() > deadline:
                raise RuntimeError("sandbox-api does not become ready")
            time.sleep(1)

    def call(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request(method, path, body)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, text

    def run(self, source):
        status, text = self.call("POST", "/v1/runs", json.dumps({"source": source}))
        if status != 200 or json.loads(text)["outcome"] != "ok":
            raise RuntimeError(f"sandbox-api: {status} {text[:500]!r}")

    def idle_bytes(self):
        """Proportional memory of the server, its launcher and the sandboxes kept ready."""
        total, waiting = 0, [self.process.pid]
        while waiting:
            pid = waiting.pop()
            try:
                rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
                for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
                    waiting += [int(child) for child in (task / "children").read_text().split()]
            except OSError:
                continue
            total += sum(int(line.split()[1]) << 10 for line in rollup.splitlines() if line.startswith("Pss:"))
        return total

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=60)


class Comparison:
    def __init__(self, build, scratch, rounds):
        self.scratch, self.rounds = scratch, rounds
        self.programs = scratch / "programs"
        self.programs.mkdir()
        self.cache = pathlib.Path(os.environ.get("GOCACHE") or scratch / "cache")
        self.environment = dict(os.environ, CGO_ENABLED="0", GOFLAGS="", GO111MODULE="off", GOCACHE=str(self.cache))
        self.go = pathlib.Path(subprocess.check_output(["go", "env", "GOROOT"], text=True).strip())
        for source in sorted((HERE / "programs").glob("*.go")):
            self.build_plainly(source, self.programs / source.stem)
        gobox = Gobox(build, WALL)
        others = [Bubblewrap(self.programs)] + [Oci(name, self.programs, scratch) for name in ("runc", "crun", "runsc")]
        self.others = [each for each in others if each.works()]
        self.all = [gobox] + self.others
        self.gobox = gobox
        self.report = {"date": datetime.date.today().isoformat(), "kernel": os.uname().release,
                       "processors": os.cpu_count(), "go": self.go_version(),
                       "versions": {each.name: each.version() for each in self.all}}

    def go_version(self):
        return subprocess.check_output(["go", "version"], text=True).split()[2]

    def build_plainly(self, source, target):
        subprocess.run([str(self.go / "bin/go"), "build", "-o", str(target), str(source)], env=self.environment, check=True)

    def true(self):
        jobs = {"no sandbox": lambda: timed(lambda: must(Plain().run(["/usr/bin/true"])))}
        for each in self.all:
            jobs[each.name] = lambda each=each: timed(lambda: must(each.run(["/usr/bin/true"])))
        self.report["true"] = interleaved(self.rounds, jobs)
        table_of_times("To run `true`", self.report["true"])

    def hello_source(self):
        self.hellos = getattr(self, "hellos", 0) + 1
        return f'package main\n\nimport "fmt"\n\nfunc main() {{ fmt.Println("hello {self.hellos} {os.getpid()}") }}\n'

    def hello_by(self, sandbox):
        """Compiles in one sandbox, with the library compiled before, and runs in another."""
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.scratch))
        (folder / "hello.go").write_text(self.hello_source())
        must(sandbox.build(self.go, self.cache, folder))
        must(sandbox.run([str(folder / "hello")], show=folder))
        shutil.rmtree(folder)

    def hello(self, server):
        file = self.scratch / "hello.go"
        file.write_text(self.hello_source())
        self.build_plainly(file, self.scratch / "hello")  # now fmt is in the cache

        def by_command():
            file.write_text(self.hello_source())
            must(self.gobox.compile_and_run(file))

        jobs = {"no sandbox": lambda: timed(self.hello_by, Plain()), "sandbox-run": lambda: timed(by_command),
                "sandbox-api": lambda: timed(server.run, self.hello_source())}
        for each in self.others:
            jobs[each.name] = lambda each=each: timed(self.hello_by, each)
        self.report["hello"] = interleaved(max(5, self.rounds // 5), jobs)
        table_of_times("To compile and run a hello, each time another", self.report["hello"])

    def per_second(self, function, seconds=3.0, callers=4):
        done, deadline = [0] * callers, time.monotonic() + seconds

        def call(number):
            while time.monotonic() < deadline:
                function()
                done[number] += 1

        threads = [threading.Thread(target=call, args=(number,)) for number in range(callers)]
        started = time.monotonic()
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        return sum(done) / (time.monotonic() - started)

    def throughput(self, server):
        jobs = {f"`true`, {each.name}": lambda each=each: must(each.run(["/usr/bin/true"])) for each in self.all}
        jobs["hello, sandbox-api"] = lambda: server.run(self.hello_source())
        for each in self.others:
            jobs[f"hello, {each.name}"] = lambda each=each: self.hello_by(each)
        rates = {name: [] for name in jobs}
        for _ in range(3):
            for name, function in jobs.items():
                rates[name].append(self.per_second(function))
        self.report["throughput"] = rates
        table("Per second, four callers", ("", "median", "three rounds"),
              [(name, f"{statistics.median(each):.1f}", ", ".join(f"{rate:.1f}" for rate in each))
               for name, each in rates.items()])

    def lateness(self):
        samples = {}
        for _ in range(max(5, self.rounds // 5)):
            for each in self.all:
                by_caller, by_itself = each.late(["/usr/bin/sh", "-c", "while :; do :; done"], 1.0)
                samples.setdefault(each.name, []).append(by_caller)
                if by_itself is not None:
                    samples.setdefault(f"{each.name}, by its own clock", []).append(by_itself)
        self.report["late"] = {name: spread(each) for name, each in samples.items()}
        table_of_times("Later than a limit of 1 s, from being started to the answer", self.report["late"])

    def tricky(self):
        rows = []
        for source in sorted((HERE / "programs").glob("*.go")):
            truth = source.read_text().splitlines()[0].removeprefix("// truth: ")
            row = {"truth": truth, self.gobox.name: self.gobox.verdict(source)}
            for each in self.others:
                row[each.name] = each.verdict(self.programs / source.stem, WALL)
            rows.append((source.stem[3:], row))
        self.report["tricky"] = dict(rows)
        table("What each says of fifteen programs", ("program", "what it does", *(each.name for each in self.all)),
              [(f"`{name}`", row["truth"], *(row[each.name] for each in self.all)) for name, row in rows])

    def everything(self, build):
        server = Server(build, self.scratch)
        try:
            self.report["idle_bytes"] = server.idle_bytes()
            self.report["load_before"] = os.getloadavg()[0]
            print(f"{self.report['date']}, Linux {self.report['kernel']}, {self.report['processors']} processors, "
                  f"{self.report['go']}, load average {self.report['load_before']:.1f}")
            print("\n".join(f"{name}: {version}" for name, version in self.report["versions"].items()))
            self.true()
            self.hello(server)
            self.throughput(server)
            self.lateness()
            self.tricky()
            print(f"\nsandbox-api, idle, with its pool: {self.report['idle_bytes'] / 1e6:.1f} MB")
            self.report["load_after"] = os.getloadavg()[0]
            print(f"load average at the end: {self.report['load_after']:.1f}")
        finally:
            server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=50)
    arguments = parser.parse_args()
    if os.getuid() != 0:
        sys.exit("peers: needs root: control groups and the OCI runtimes are its")
    with tempfile.TemporaryDirectory(prefix="gobox-peers.", dir="/var/tmp") as scratch:
        comparison = Comparison(arguments.build.resolve(), pathlib.Path(scratch), arguments.rounds)
        comparison.everything(arguments.build.resolve())
        target = ROOT / "bench/results/peers.json"
        target.write_text(json.dumps(comparison.report, indent=1) + "\n")


if __name__ == "__main__":
    main()
