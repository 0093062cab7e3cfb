#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The load of tests/soak/run.sh: a server, clients that submit a mixture of programs, and a table of what
the server and the host hold at the beginning and at the end.

    tests/soak/soak.py BUILD_DIR MINUTES [HELLO]

HELLO, from 0 to 1, is the share of runs that ask for the same hello again, as most of a playground's do:
with much of it a soak of many runs takes minutes instead of hours.
Only the loopback is used, the data lie in a temporary directory, and only processes started here are
ended. The first samples are taken after a warm-up, when caches and pools are full; both while nothing runs.
"""

import collections
import glob
import http.client
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

CLIENTS = 4
WARM_UP = 0.25  # of the time

HEAD = "package main\n"
SMALL = {"limits": {"run": {"wall_ms": 1500, "memory_bytes": 64 << 20}}}

# Name, source, acceptable outcomes. %d makes a source that no cache has seen.
PROGRAMS = [
    ("hello", HEAD + "func main() { println(1) }", ["ok"]),
    ("fresh", HEAD + "func main() { println(%d) }", ["ok"]),
    ("compile error", HEAD + "func main() { undefined(%d) }", ["compile_error"]),
    ("exit", HEAD + 'import "os"\nfunc main() { os.Exit(3) }', ["exited"]),
    ("signal", HEAD + 'import "syscall"\nfunc main() { syscall.Kill(syscall.Getpid(), 9); select {} }',
     ["signaled"]),
    ("timeout", HEAD + "func main() { for {} }", ["timeout"]),
    ("oom", HEAD + "var k [][]byte\nfunc main() { for { b := make([]byte, 1<<20); for i := range b { b[i] = 1 }; "
     "k = append(k, b) } }", ["oom"]),
    ("flood", HEAD + 'import "os"\nfunc main() { b := make([]byte, 1<<16); for { os.Stdout.Write(b) } }',
     ["output_limit"]),
    ("leak", HEAD + 'import "os/exec"\nfunc main() { exec.Command("sleep", "60").Start() }',
     ["leaked_processes"]),
    ("files", HEAD + 'import ("fmt"; "os")\nfunc main() { for i := 0; i < 2000; i++ { '
     'os.WriteFile(fmt.Sprint("/tmp/f", i), make([]byte, 4096), 0600) } }', ["ok"]),
    ("goroutines", HEAD + 'import "sync"\nfunc main() { var w sync.WaitGroup; for i := 0; i < 5000; i++ { w.Add(1); '
     "go func() { w.Done() }() }; w.Wait() }", ["ok"]),
]


def read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def status_of(pid, key):
    found = re.search(r"^%s:\s+(\d+)" % key, read("/proc/%d/status" % pid), re.M)
    return int(found.group(1)) if found else 0


def children_of(pid):
    found = []
    for each in os.listdir("/proc"):
        if each.isdigit() and status_of(int(each), "PPid") == pid:
            found.append(int(each))
    return found


def count(path):
    try:
        return len(os.listdir(path))
    except OSError:
        return 0


def size_of(directory):
    total = 0
    for folder, _, names in os.walk(directory):
        for name in names:
            try:
                total += os.lstat(os.path.join(folder, name)).st_blocks * 512
            except OSError:
                pass
    return total


def groups_of(pid):
    """Live groups of this instance, in every hierarchy."""
    total = 0
    for pattern in ("/sys/fs/cgroup/gobox.%d.*", "/sys/fs/cgroup/*/gobox.%d.*", "/sys/fs/cgroup/*/*/gobox.%d.*",
                    "/sys/fs/cgroup/*/*/*/gobox.%d.*"):
        for instance in glob.glob(pattern % pid):
            total += sum(entry.is_dir() for entry in os.scandir(instance))
    return total


def dying_groups():
    """Groups the kernel still keeps, of everybody on the host: v2 says so, v1 counts all."""
    dying = 0
    for path in ("/sys/fs/cgroup/cgroup.stat", "/sys/fs/cgroup/unified/cgroup.stat"):
        found = re.search(r"nr_dying_descendants (\d+)", read(path))
        dying += int(found.group(1)) if found else 0
    memory = re.search(r"^memory\s+[1-9]\d*\s+(\d+)", read("/proc/cgroups"), re.M)
    return dying + (int(memory.group(1)) if memory else 0)


def network_namespaces():
    found = set()
    for path in glob.glob("/proc/[0-9]*/ns/net"):
        try:
            found.add(os.readlink(path))
        except OSError:
            pass
    return len(found)


def sample(server, data):
    launchers = children_of(server)
    family = [server] + launchers
    return collections.OrderedDict([
        ("descriptors of the server", count("/proc/%d/fd" % server)),
        ("descriptors of the launcher", sum(count("/proc/%d/fd" % each) for each in launchers)),
        ("threads of the server", status_of(server, "Threads")),
        ("resident KiB of the server", status_of(server, "VmRSS")),
        ("resident KiB of the launcher", sum(status_of(each, "VmRSS") for each in launchers)),
        ("sandboxes and pool", sum(len(children_of(each)) for each in launchers)),
        ("control groups", groups_of(server)),
        ("kept or dying memory groups of the host", dying_groups()),
        ("mounts seen by both", sum(read("/proc/%d/mountinfo" % each).count("\n") for each in family)),
        ("network namespaces of the host", network_namespaces()),
        ("KiB of the data directory", size_of(data) // 1024),
    ])


# How much each may grow and still count as flat: (share of the first value, plus).
ALLOWED = {
    "resident KiB of the server": (0.25, 8192),
    "resident KiB of the launcher": (0.25, 1024),
    "KiB of the data directory": (0.5, 16384),
    "kept or dying memory groups of the host": (0.5, 100),
    "network namespaces of the host": (0.5, 16),
    "descriptors of the server": (0.0, 24),
    "sandboxes and pool": (0.0, 8),
    "control groups": (0.0, 40),
    "threads of the server": (0.0, 8),
}


class Load:
    def __init__(self, port, hello):
        self.port = port
        self.hello = hello
        self.lock = threading.Lock()
        self.outcomes = collections.Counter()
        self.unexpected = collections.Counter()
        self.stop = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()
        self.busy = 0

    def submit(self, generator):
        name, source, accepted = PROGRAMS[0] if generator.random() < self.hello else generator.choice(PROGRAMS)
        if "%d" in source:
            source = source % generator.getrandbits(40)
        body = json.dumps(dict(SMALL, source=source))
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            if generator.random() < 0.03:  # a caller that goes away
                connection.request("POST", "/v1/runs", body, {"Content-Type": "application/json"})
                with self.lock:
                    self.outcomes["(hung up)"] += 1
                return
            connection.request("POST", "/v1/runs", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        outcome = json.loads(text).get("outcome", "") if answer.status == 200 else "HTTP %d" % answer.status
        with self.lock:
            self.outcomes[outcome] += 1
            if outcome not in accepted and answer.status not in (429, 503):
                self.unexpected["%s: %s" % (name, outcome)] += 1

    def run(self, seed):
        generator = random.Random(seed)
        while not self.stop.is_set():
            if not self.go_on.wait(0.2):
                continue
            with self.lock:
                self.busy += 1
            try:
                self.submit(generator)
            except (OSError, http.client.HTTPException, ValueError) as error:
                with self.lock:
                    self.unexpected["client: %s" % type(error).__name__] += 1
                if self.stop.wait(0.2):
                    return
            finally:
                with self.lock:
                    self.busy -= 1

    def at_rest(self, look):
        """What `look` sees when nothing runs: results on their way and used sandboxes are no growth."""
        self.go_on.clear()
        while self.busy > 0 and not self.stop.wait(0.1):
            pass
        self.stop.wait(5)  # runs whose callers hung up end too, and the pool is filled again
        seen = look()
        self.go_on.set()
        return seen


def start_server(build, data):
    server = subprocess.Popen(
        [os.path.join(build, "bin/sandbox-api"), "--address", "127.0.0.1:0", "--data-dir", data,
         "--results-cap", "8M", "--compile-cache", "16M", "--quiet"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for line in server.stdout:
        found = re.search(r"listening on http://127\.0\.0\.1:(\d+)", line)
        if found:
            threading.Thread(target=lambda: collections.deque(server.stdout, 0), daemon=True).start()
            return server, int(found.group(1))
    raise SystemExit("the server said nothing of a port; status %s" % server.wait())


def report(first, last, load, seconds):
    runs = sum(load.outcomes.values())
    print("%d runs in %.0f s, %.0f per second" % (runs, seconds, runs / seconds))
    print(", ".join("%s %d" % each for each in load.outcomes.most_common()))
    grew = []
    print("\n%-42s %10s %10s %10s" % ("", "warm", "end", "grew"))
    for name, before in first.items():
        share, plus = ALLOWED.get(name, (0.0, 0))
        flat = last[name] <= before + before * share + plus
        print("%-42s %10d %10d %10d%s" % (name, before, last[name], last[name] - before, "" if flat else "  GREW"))
        if not flat:
            grew.append(name)
    for what, times in load.unexpected.most_common(20):
        print("unexpected: %s (%d)" % (what, times))
    return grew


def main():
    if len(sys.argv) not in (3, 4):
        print(__doc__, file=sys.stderr)
        return 2
    seconds = float(sys.argv[2]) * 60
    data = tempfile.mkdtemp(prefix="gobox-soak-")
    server, port = start_server(sys.argv[1], data)
    load = Load(port, float(sys.argv[3]) if len(sys.argv) == 4 else 0.0)
    clients = [threading.Thread(target=load.run, args=(seed,)) for seed in range(CLIENTS)]
    begin = time.monotonic()
    try:
        for client in clients:
            client.start()
        load.stop.wait(seconds * WARM_UP)
        first = load.at_rest(lambda: sample(server.pid, data))
        load.stop.wait(seconds * (1 - WARM_UP))
        last = load.at_rest(lambda: sample(server.pid, data))
        alive = server.poll() is None
    finally:
        load.stop.set()
        for client in clients:
            client.join()
        if server.poll() is None:
            server.send_signal(signal.SIGTERM)
        try:
            server.wait(90)
        except subprocess.TimeoutExpired:
            server.kill()
    grew = report(first, last, load, time.monotonic() - begin)
    left = groups_of(server.pid)
    if left:
        print("left behind: %d control groups" % left)
    if not alive:
        print("the server ended by itself, status %s" % server.returncode)
    shutil.rmtree(data, ignore_errors=True)
    few = sum(load.unexpected.values()) * 100 <= sum(load.outcomes.values())
    return 0 if alive and not grew and not left and few else 1


if __name__ == "__main__":
    sys.exit(main())
