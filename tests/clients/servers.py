# SPDX-License-Identifier: Apache-2.0
"""The servers that the clients' tests call, each a process of its own, on a free loopback port, with its own data."""

import hashlib
import json
import pathlib
import re
import secrets
import shutil
import subprocess
import time
import urllib.error
import urllib.request

POLICIES = pathlib.Path(__file__).resolve().parent.parent.parent / "policies"
READY_SECONDS = 600  # a cache may have to be prepared first


class Server:
    def __init__(self, binary, directory, *flags):
        directory.mkdir()
        self.log = open(directory / "log", "w+")
        command = [binary, "--address", "127.0.0.1:0", "--data-dir", directory / "data", "--quiet", *flags]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log,
                                        text=True)
        first = self.process.stdout.readline()
        found = re.search(r"listening on (\S+)", first)
        if not found:
            raise RuntimeError(f"sandbox-api did not start: {first}{self.said()}")
        self.url = found.group(1)

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def wait_ready(self):
        until = time.monotonic() + READY_SECONDS
        while True:
            try:
                urllib.request.urlopen(self.url + "/readyz", timeout=30).close()
                return
            except (urllib.error.URLError, OSError) as error:
                if time.monotonic() > until or self.process.poll() is not None:
                    raise RuntimeError(f"the server does not become ready: {error}\n{self.said()}") from error
            time.sleep(0.2)

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.log.close()


def patient_policies(directory):
    """The shipped policies, but as much time to compile as may be asked for: a machine that also builds is slow, and
    that is not what the clients are tried for."""
    directory.mkdir()
    for path in POLICIES.glob("*.json"):
        shutil.copy(path, directory)
    for name, key in (("compile", "wall"), ("default", "total")):
        path = directory / f"{name}.json"
        policy = json.loads(path.read_text())
        block = policy["limits"] if name == "compile" else policy
        block[key] = policy["most"][key]
        path.write_text(json.dumps(policy))
    return directory


class Servers:
    """One as it comes, and a narrow one: one run at a time, one that waits, and a token that may use one policy."""

    def __init__(self, binary, directory):
        self.token = secrets.token_urlsafe(24)
        tokens = directory / "tokens"
        tokens.write_text(f"tester:{hashlib.sha256(self.token.encode()).hexdigest()} policies=default\n")
        policies = patient_policies(directory / "policies")
        self.wide = Server(binary, directory / "wide", "--policy-dir", policies)
        try:
            self.narrow = Server(binary, directory / "narrow", "--workers", "1", "--queue-length", "1",
                                 "--tokens-file", tokens, "--policy-dir", policies)
        except BaseException:
            self.wide.end()
            raise

    def __enter__(self):
        try:
            self.wide.wait_ready()
            self.narrow.wait_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.narrow.end()
        self.wide.end()

    def environment(self):
        return {"GOBOX_SERVER": self.wide.url, "GOBOX_NARROW_SERVER": self.narrow.url, "GOBOX_TOKEN": self.token}
