#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tests/clients/run.py BUILD_DIR [REPORT [FILTER]]: tries the clients and examples/gin-backend against real servers.

The Go client with every toolchain named in GOBOX_TEST_TOOLCHAINS, the Python client with this Python and with
Debian's, the back end with the newest toolchain. Prints "clients: N passed, M failed, K skipped" and writes REPORT in
the form of GoogleTest's. With SANDBOX_TESTS_REQUIRE=all nothing may be missing.
"""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

from report import Report
from servers import Servers

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
STEP_SECONDS = 900
REQUIRED = os.environ.get("SANDBOX_TESTS_REQUIRE") == "all"


def run(command, directory, environment):
    """Status and output, together."""
    try:
        done = subprocess.run(command, cwd=directory, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=STEP_SECONDS)
        return done.returncode, done.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired as late:
        return -1, f"no end after {STEP_SECONDS} s\n" + (late.stdout or b"").decode(errors="replace")


def step(report, name, command, directory, environment):
    start = time.monotonic()
    status, said = run(command, directory, environment)
    report.add(name, "failed" if status else "passed", time.monotonic() - start, f"status {status}\n{said}")
    return status == 0


def read_go_events(text):
    """Of each test: how it ended, its seconds and its output; and what belongs to none."""
    tests, loose = {}, ""
    for line in text.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            loose += line + "\n"
            continue
        name = event.get("Test", "").partition("/")[0]
        if event["Action"] in ("output", "build-output"):
            if name:
                tests.setdefault(name, ["failed", 0.0, ""])[2] += event.get("Output", "")
            else:
                loose += event.get("Output", "")
        elif name and event.get("Test") == name and event["Action"] in ("pass", "fail", "skip"):
            state = {"pass": "passed", "fail": "failed", "skip": "skipped"}[event["Action"]]
            tests.setdefault(name, ["", 0.0, ""])[:2] = [state, event.get("Elapsed", 0.0)]
    return tests, loose


def go_tests(report, prefix, go, directory, environment):
    """Each test is a case; a package that could not be tried is one of its own."""
    status, said = run([go, "test", "-count=1", "-json", "./..."], directory, environment)
    tests, loose = read_go_events(said)
    for name, (state, seconds, output) in tests.items():
        report.add(f"{prefix}.{name}", state, seconds, output)
    if status and not any(state == "failed" for state, *_ in tests.values()):
        report.add(f"{prefix}.go_test", "failed", 0, f"status {status}\n{loose}")


def go_environment(servers, goroot):
    """The toolchain itself, and nothing of the caller's flags."""
    environment = dict(os.environ, **servers.environment(), GOTOOLCHAIN="local", GOWORK="off",
                       GOFLAGS="-buildvcs=false")
    environment.pop("GOROOT", None)
    environment["PATH"] = f"{goroot}/bin:{environment['PATH']}"
    return environment


def version_of(goroot):
    said = run([f"{goroot}/bin/go", "env", "GOVERSION"], "/", dict(os.environ, GOTOOLCHAIN="local"))[1].strip()
    found = re.match(r"go(\d+)\.(\d+)", said)
    return said, (int(found.group(1)), int(found.group(2)))


def toolchains():
    """(goroot, name, version) of each, the newest first."""
    roots = [root for root in os.environ.get("GOBOX_TEST_TOOLCHAINS", "").split(",") if root]
    if not roots:
        roots = [run(["go", "env", "GOROOT"], "/", dict(os.environ, GOTOOLCHAIN="local"))[1].strip()]
    return sorted(((root, *version_of(root)) for root in roots), key=lambda each: each[2], reverse=True)


def try_go_client(report, servers, goroot, name):
    prefix = re.sub(r"\W", "_", name)
    if not report.wants(f"Clients.{prefix}"):
        return
    directory, environment = ROOT / "client/go", go_environment(servers, goroot)
    go = f"{goroot}/bin/go"
    start = time.monotonic()
    unformatted = run([f"{goroot}/bin/gofmt", "-l", "."], directory, environment)
    report.add(f"{prefix}.gofmt", "failed" if any(unformatted) else "passed", time.monotonic() - start, unformatted[1])
    if step(report, f"{prefix}.vet", [go, "vet", "./..."], directory, environment):
        go_tests(report, prefix, go, directory, environment)


def pythons():
    """This one, and Debian's where that is another version."""
    found = {}
    for python in (sys.executable, "/usr/bin/python3"):
        if os.path.exists(python):
            said = run([python, "-c", "import sys; print('%d_%d' % sys.version_info[:2])"], "/", os.environ)[1]
            found.setdefault("python" + said.strip(), python)
    return found.items()


def try_python_client(report, servers, prefix, python):
    if not report.wants(f"Clients.{prefix}"):
        return
    environment = dict(os.environ, **servers.environment(), PYTHONDONTWRITEBYTECODE="1", PYTHONWARNINGS="error")
    with tempfile.NamedTemporaryFile("r") as results:
        command = [python, ROOT / "tests/clients/python_cases.py", results.name]
        status, said = run(command, ROOT / "client/python", environment)
        cases = [json.loads(line) for line in results]
    for case in cases:
        report.add(f"{prefix}.{case['name']}", case["state"], case["seconds"], case["said"])
    if status and not any(case["state"] == "failed" for case in cases):
        report.add(f"{prefix}.tests", "failed", 0, f"status {status}\n{said}")


def try_back_end(report, servers, found):
    """The example's modules come from the module proxy; the newest toolchain builds them."""
    if not report.wants("Clients.gin_backend"):
        return
    goroot, name, version = found[0]
    directory = ROOT / "examples/gin-backend"
    needed = re.search(r"^go (\d+)\.(\d+)", (directory / "go.mod").read_text(), re.MULTILINE)
    environment = go_environment(servers, goroot)
    go = f"{goroot}/bin/go"
    missing = ""
    if version < (int(needed.group(1)), int(needed.group(2))):
        missing = f"wants {needed.group(0)}, and the newest toolchain here is {name}"
    else:
        status, said = run([go, "mod", "download"], directory, environment)
        if status:
            missing = f"its modules cannot be fetched:\n{said}"
    if missing:
        report.add("gin_backend.modules", "failed" if REQUIRED else "skipped", 0, missing)
        return
    if step(report, "gin_backend.vet", [go, "vet", "./..."], directory, environment):
        go_tests(report, "gin_backend", go, directory, environment)


def blocks_of(path, language):
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text(), re.MULTILINE | re.DOTALL)


def try_documents(report, servers, found):
    """The programs that docs/clients.md prints, as they stand but for the server's address."""
    page = ROOT / "docs/clients.md"
    environment = go_environment(servers, found[0][0])
    environment["PYTHONPATH"] = str(ROOT / "client/python")
    with tempfile.TemporaryDirectory() as directory:
        module = pathlib.Path(directory)
        (module / "go.mod").write_text("module page\n\ngo 1.19\n\nrequire gobox/client v0.0.0\n\n"
                                       f"replace gobox/client => {ROOT / 'client/go'}\n")
        for language, command in (("go", [f"{found[0][0]}/bin/go", "run", "main.go"]),
                                  ("python", [sys.executable, "main.py"])):
            for number, block in enumerate(blocks_of(page, language), 1):
                name = f"documents.{language}_{number}"
                if report.wants(f"Clients.{name}"):
                    text = block.replace("http://127.0.0.1:8080", servers.wide.url)
                    (module / command[-1]).write_text(text)
                    step(report, name, command, module, environment)


def main():
    if not 2 <= len(sys.argv) <= 4:
        sys.exit("usage: tests/clients/run.py BUILD_DIR [REPORT [FILTER]]")
    build = pathlib.Path(sys.argv[1]).resolve()
    # Who ends this by a signal wants its servers ended too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    report = Report(sys.argv[3] if len(sys.argv) > 3 else "*")
    with tempfile.TemporaryDirectory(prefix="gobox-clients-") as directory:
        with Servers(build / "bin/sandbox-api", pathlib.Path(directory)) as servers:
            found = toolchains()
            for goroot, name, _ in found:
                try_go_client(report, servers, goroot, name)
            for prefix, python in pythons():
                try_python_client(report, servers, prefix, python)
            try_documents(report, servers, found)
            try_back_end(report, servers, found)
    if len(sys.argv) > 2:
        report.write(pathlib.Path(sys.argv[2]))
    counts = report.counts
    print("clients: {passed} passed, {failed} failed, {skipped} skipped".format(**counts))
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
