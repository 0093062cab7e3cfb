#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""200 programs with 40 sets of modules, eight at a time, while their proxy is killed and started again and
the server is killed with SIGKILL, twice each.

    tests/soak/modules.py BUILD_DIR [PROGRAMS]

Every program must end in its own right outcome, by a repeated request where the server was gone or said
that another try may help; afterwards the store must hold whole modules and nothing else, and the host
nothing. Only the loopback is used, the data lie in a temporary directory, only processes started here are
ended. Exit status 0: all of that held.
"""

import collections
import glob
import http.client
import http.server
import io
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import zipfile

SETS = 40
MODULES = 60
CLIENTS = 8
PATIENCE = 120  # seconds for one program, tries included
VERSION = "v1.0.0"


def module_name(number):
    return f"example.com/m{number:02}"


def set_of(number):
    """The modules of a set: one to five, some shared with others."""
    chosen = random.Random(number)
    return sorted(chosen.sample(range(MODULES), 1 + number % 5))


def module_source(number):
    return f"package m{number:02}\n\nfunc Say() string {{ return \"m{number:02}\" }}\n"


def write_proxy(root):
    for number in range(MODULES):
        name = module_name(number)
        directory = os.path.join(root, name, "@v")
        os.makedirs(directory)
        go_mod = f"module {name}\n\ngo 1.19\n"
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as z:
            z.writestr(f"{name}@{VERSION}/go.mod", go_mod)
            z.writestr(f"{name}@{VERSION}/m.go", module_source(number))
            for page in range(20):
                z.writestr(f"{name}@{VERSION}/testdata/{page}", random.Random(page).randbytes(20000))
        for ending, body in (("list", VERSION + "\n"), (VERSION + ".mod", go_mod),
                             (VERSION + ".info", json.dumps({"Version": VERSION, "Time": "2024-01-02T03:04:05Z"}))):
            with open(os.path.join(directory, ending), "w") as file:
                file.write(body)
        with open(os.path.join(directory, VERSION + ".zip"), "wb") as file:
            file.write(archive.getvalue())


def serve_proxy(root, port):
    """The whole life of the proxy's own process."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=root)

        def log_message(self, *_):
            pass

    http.server.ThreadingHTTPServer.allow_reuse_address = True
    http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Service:
    """A process of ours that is killed and started again on the same port."""

    def __init__(self, words, port, environment=None):
        self.words, self.port = words, port
        self.environment = {**os.environ, **(environment or {})}
        self.pids = []
        self.process = None

    def start(self):
        self.process = subprocess.Popen(self.words, env=self.environment, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        self.pids.append(self.process.pid)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    raise SystemExit(f"{self.words[0]} ended with {self.process.returncode}") from None
                time.sleep(0.05)
        raise SystemExit(f"{self.words[0]} does not answer")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


def program(number):
    """Source, the outcome it must have, and what it must print."""
    if number % 20 == 19:
        return f'package main\n\nimport _ "example.com/missing{number}"\n\nfunc main() {{}}\n', "fetch_error", ""
    names = [f"m{each:02}" for each in set_of(number % SETS)]
    imports = "".join(f'\t"example.com/{name}"\n' for name in names)
    calls = ", ".join(f"{name}.Say()" for name in names)
    source = f"package main\n\nimport (\n\t\"fmt\"\n\n{imports})\n\n// {number}\nfunc main() {{ fmt.Println({calls}) }}\n"
    return source, "ok", " ".join(names) + "\n"


def post(port, source):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        body = {"source": source, "policy": "ci"}  # minutes: eight at once on two cores are slow
        connection.request("POST", "/v1/runs", json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


class Load:
    def __init__(self, port, programs):
        self.port = port
        self.waiting = list(range(programs))
        self.lock = threading.Lock()
        self.done = 0
        self.again = collections.Counter()
        self.wrong = []
        self.times = []

    def work(self):
        while True:
            with self.lock:
                if not self.waiting:
                    return
                number = self.waiting.pop(0)
            begin = time.monotonic()
            said = self.run(number, begin + PATIENCE)
            with self.lock:
                self.done += 1
                self.times.append(time.monotonic() - begin)
                if said:
                    self.wrong.append(f"program {number}: {said}")

    def run(self, number, deadline):
        source, outcome, printed = program(number)
        said = "no answer"
        while time.monotonic() < deadline:
            try:
                status, result = post(self.port, source)
            except (OSError, http.client.HTTPException, ValueError):
                self.count("server gone")
                time.sleep(0.2)
                continue
            if status in (429, 503):
                self.count(f"status {status}")
                time.sleep(0.2)
                continue
            if status != 200:
                return f"status {status}: {result}"
            if result["outcome"] == outcome and result["stdout"] == printed:
                return None
            said = f"{result['outcome']}, not {outcome}: {result['message']}"
            if result["outcome"] != "fetch_error" or not result["retryable"]:
                return said
            self.count("proxy gone")
            time.sleep(0.2)
        return said

    def count(self, what):
        with self.lock:
            self.again[what] += 1

    def await_done(self, number):
        while self.done < number:
            time.sleep(0.02)


def faults_of_store(store):
    """What is not a whole module as the proxy has it, or nothing that belongs there."""
    faults = []
    for name in os.listdir(os.path.join(store, "tmp")):
        faults.append(f"tmp/{name} is left")
    root = os.path.join(store, "mod", "example.com")
    kept = sorted(os.listdir(root))
    for each in kept:
        name, _, version = each.partition("@")
        try:
            with open(os.path.join(root, each, "m.go")) as file:
                whole = file.read() == module_source(int(name[1:])) and version == VERSION
        except OSError:
            whole = False
        if not whole or len(os.listdir(os.path.join(root, each, "testdata"))) != 20:
            faults.append(f"{each} is not whole")
        download = os.path.join(store, "mod", "cache", "download", "example.com", name, "@v", VERSION)
        for ending in (".zip", ".mod", ".info", ".ziphash"):
            if ending != ".ziphash" and not os.path.exists(download + ending):
                faults.append(f"{each} has no {ending}")
    wanted = {each for number in range(SETS) if number % 20 != 19 for each in set_of(number)}
    if len(kept) < len(wanted):
        faults.append(f"{len(kept)} modules are kept, {len(wanted)} were used")
    return kept, faults


def left_of(pids):
    """Control groups, processes and mounts of such servers."""
    left = []
    for pid in pids:
        left += glob.glob(f"/sys/fs/cgroup/**/gobox.{pid}.*", recursive=True)
    for stat in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(stat) as file:
                fields = file.read().rpartition(")")[2].split()
            if int(fields[1]) in pids:
                left.append(f"process {stat.split('/')[2]}")
        except OSError:
            pass
    return left


def main():
    build = os.path.abspath(sys.argv[1])
    programs = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    directory = tempfile.mkdtemp(prefix="gobox-soak-modules-")
    proxy_files, store = os.path.join(directory, "proxy"), os.path.join(directory, "store")
    write_proxy(proxy_files)
    proxy_port, port = free_port(), free_port()
    proxy = Service([sys.executable, os.path.abspath(__file__), "--proxy", proxy_files, str(proxy_port)], proxy_port)
    server = Service(
        [os.path.join(build, "bin/sandbox-api"), "--address", f"127.0.0.1:{port}", "--data-dir",
         os.path.join(directory, "data"), "--module-proxy", f"http://127.0.0.1:{proxy_port}"], port,
        {"GOSUMDB": "off", "GOBOX_MODULE_DIR": store})
    try:
        proxy.start()
        server.start()
        load = Load(port, programs)
        begin = time.monotonic()
        threads = [threading.Thread(target=load.work) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for share, service in ((0.1, proxy), (0.25, server), (0.4, proxy), (0.6, server)):
            load.await_done(int(programs * share))
            service.kill()
            if service is proxy:
                time.sleep(1)  # long enough for somebody to want it
            service.start()
        for thread in threads:
            thread.join()
        took = time.monotonic() - begin
        listed = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        listed.request("GET", "/v1/modules")
        listed = json.loads(listed.getresponse().read())["modules"]
        status = server.stop()
        kept, faults = faults_of_store(store)
        if {f"{m['path']}@{m['version']}" for m in listed} != {f"example.com/{each}" for each in kept}:
            faults.append("GET /v1/modules lists something else than is there")
        if status != 0:
            faults.append(f"the server ended with {status}")
        faults += load.wrong + left_of(server.pids)
        times = sorted(load.times)
        print(f"{programs} programs, {SETS} sets of modules, {CLIENTS} at a time: {took:.1f} s, "
              f"median {times[len(times) // 2]:.2f} s, longest {times[-1]:.1f} s")
        print("tried again: " + (", ".join(f"{n} {what}" for what, n in sorted(load.again.items())) or "none"))
        print(f"modules kept: {len(kept)}; programs that ended wrongly: {len(load.wrong)}")
        for fault in faults:
            print("FAULT " + fault)
        return 1 if faults else 0
    finally:
        for service in (server, proxy):
            if service.process is not None and service.process.poll() is None:
                service.kill()
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--proxy"]:
        serve_proxy(sys.argv[2], int(sys.argv[3]))
    sys.exit(main())
