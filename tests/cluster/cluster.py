# SPDX-License-Identifier: Apache-2.0
"""A cluster on the loopback: nats-server with its files in a directory of its own, front ends and workers, each a
process of its own on a port of its own. Also the single server that they are compared with."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

from nats import Nats

PATIENCE = 60.0
READY_SECONDS = 600  # a cache may have to be prepared first


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what, condition, patience=PATIENCE):
    """Until condition() is true; looking is the only way where another process decides."""
    until = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > until:
            raise AssertionError(f"waited {patience:.0f} s in vain: {what}")
        time.sleep(0.02)


class Process:
    """One of ours that names its address in the first line it prints."""

    def __init__(self, command, log, prefix=()):
        self.log = open(log, "a+")
        self.process = subprocess.Popen([*prefix, *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=self.log, text=True)
        self.first = self.process.stdout.readline()
        found = re.search(r"listening on (\S+)", self.first)
        if not found:
            self.process.wait(timeout=PATIENCE)
            raise RuntimeError(f"{command[0]} did not start: {self.first}{self.said()}")
        self.url = found.group(1)

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def kill(self):
        """kill -9."""
        self.process.kill()
        self.process.wait(timeout=PATIENCE)
        self.process.stdout.close()
        self.log.close()

    def end(self, patience=PATIENCE):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=patience)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()
        self.log.close()
        return self.process.returncode


def call(url, method="GET", body=None, headers=None, timeout=120):
    """(status, bytes); status 0 where there is no answer."""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except (urllib.error.URLError, OSError, ConnectionError):
        return 0, b""


class Cluster:
    def __init__(self, build, directory, fronts=2, workers=3, slots=2, prefix="gobox"):
        self.bin = pathlib.Path(build) / "bin"
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.url = f"nats://127.0.0.1:{self.port}"
        self.prefix = prefix
        self.slots = slots
        self.names = 0
        self.nats = None
        self.fronts = []
        self.workers = []
        self.start_nats()
        try:
            self.init()
            for _ in range(workers):
                self.add_worker()
            for _ in range(fronts):
                self.add_front()
        except BaseException:
            self.end()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def start_nats(self):
        log = open(self.directory / "nats.log", "a")
        self.nats = subprocess.Popen(["nats-server", "-js", "-sd", self.directory / "js", "-a", "127.0.0.1", "-p",
                                      str(self.port)], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        log.close()

        def answers():
            try:
                self.client().close()
                return True
            except (OSError, ConnectionError):
                return False

        wait_for("nats-server listens", answers)

    def kill_nats(self):
        self.nats.kill()
        self.nats.wait(timeout=PATIENCE)

    def client(self):
        return Nats(self.port)

    def init(self, *flags):
        subprocess.run([self.bin / "sandbox-api", "queue", "init", "--queue", self.url, "--queue-prefix", self.prefix,
                        "--size", "1G", *flags], check=True, timeout=PATIENCE, stdout=subprocess.DEVNULL)

    def add_front(self, *flags):
        self.names += 1
        front = Process([self.bin / "sandbox-api", "--queue", self.url, "--queue-prefix", self.prefix, "--address",
                         "127.0.0.1:0", "--quiet", *flags], self.directory / f"front-{self.names}.log")
        self.fronts.append(front)
        return front

    def add_worker(self, *flags, prefix=(), slots=None):
        self.names += 1
        name = f"worker-{self.names}"
        worker = Process([self.bin / "sandbox-worker", "--queue", self.url, "--queue-prefix", self.prefix, "--name",
                          name, "--address", "127.0.0.1:0", "--workers", str(slots or self.slots), "--data-dir",
                          self.directory / "workers", "--quiet", *flags],
                         self.directory / f"{name}.log", prefix)
        worker.name = name
        self.workers.append(worker)
        return worker

    def drop(self, process):
        for crowd in (self.fronts, self.workers):
            if process in crowd:
                crowd.remove(process)

    def able(self, front):
        status, body = call(front.url + "/v1/workers")
        return [each for each in json.loads(body)["workers"] if each["runs"]] if status == 200 else []

    def wait_ready(self, workers=None):
        count = len(self.workers) if workers is None else workers
        for front in self.fronts:
            wait_for("the workers are heard of", lambda: len(self.able(front)) >= count, READY_SECONDS)
        return self

    def end(self):
        for process in self.fronts + self.workers:
            process.end()
        if self.nats is not None and self.nats.poll() is None:
            self.nats.terminate()
            self.nats.wait(timeout=PATIENCE)

    def said(self):
        return "\n".join(f"--- {path.name}\n{path.read_text(errors='replace')[-2000:]}"
                         for path in sorted(self.directory.glob("*-*.log")) if path.stat().st_size)


class Single(Process):
    """The server that needs no queue."""

    def __init__(self, build, directory):
        directory = pathlib.Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        super().__init__([pathlib.Path(build) / "bin" / "sandbox-api", "--address", "127.0.0.1:0", "--data-dir",
                          directory / "data", "--quiet"], directory / "single.log")
        wait_for("the single server is ready", lambda: call(self.url + "/readyz")[0] == 200, READY_SECONDS)


def groups_left():
    """Control groups of sandboxes, of whichever process."""
    found = []
    for root in ("/sys/fs/cgroup", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/pids", "/sys/fs/cgroup/unified"):
        if os.path.isdir(root):
            found += [str(path) for path in pathlib.Path(root).glob("gobox*/*") if path.is_dir()]
    return found
