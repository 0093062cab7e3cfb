#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tests/docs/run.py BUILD_DIR [FILE...]: runs the commands that README and docs print.

Blocks fenced as `sh` are scripts, run whole by bash -e; of those fenced as `console` the lines behind "$ " are
run, and where the block shows a summary line ("--- oom: ...") the command must end with that outcome. A comment
`<!-- not run: REASON -->` on the line before the fence leaves a block out; a reason must be there. Every other
fence is text, and must not look like commands.

Commands run in the root of the tree, with the built binaries first in PATH and a home of their own. Port 8080 is
exchanged for a free one. Where a block talks to a server and starts none, one of ours answers.
"""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

from manual import problems_of

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FENCE = re.compile(r"^```(\S*)\s*$")
LEFT_OUT = re.compile(r"<!--\s*not run:\s*(.*?)\s*-->")
COMMANDS = re.compile(r"^(\$ |\./dev |sandbox-(run|api|worker) |build/bin/|curl |cmake |systemctl )")
SUMMARY = re.compile(r"^--- (\w+):", re.MULTILINE)
ADDRESS = "127.0.0.1:8080"
BLOCK_SECONDS = 300


class Block:
    def __init__(self, path, line, language, left_out):
        self.name = f"{path.relative_to(ROOT)}:{line}"
        self.language = language
        self.left_out = left_out
        self.lines = []

    def text(self):
        return "\n".join(self.lines) + "\n"


def blocks_of(path):
    block, before = None, ""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        fence = FENCE.match(line)
        if block is not None and line.startswith("```"):
            yield block
            block = None
        elif block is not None:
            block.lines.append(line)
        elif fence:
            reason = LEFT_OUT.search(before)
            block = Block(path, number, fence.group(1), reason.group(1) if reason else None)
        if line.strip():
            before = line


def free_address():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return "127.0.0.1:%d" % probe.getsockname()[1]


class Runner:
    def __init__(self, build, home):
        self.home = home
        self.address = free_address()
        self.environment = dict(os.environ)
        self.environment.update(
            PATH=f"{build}/bin:{os.environ['PATH']}", SANDBOX_API_ADDRESS=self.address,
            SANDBOX_API_DATA_DIR=f"{home}/data")

    def bash(self, script):
        """Status and output; what the script left running is ended with it."""
        output = tempfile.TemporaryFile()
        process = subprocess.Popen(
            ["bash", "-e", "-o", "pipefail", "-c", script.replace(ADDRESS, self.address)], cwd=ROOT,
            env=self.environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True)
        try:
            status = process.wait(timeout=BLOCK_SECONDS)
        except subprocess.TimeoutExpired:
            status = "no end after %d s" % BLOCK_SECONDS
        try:
            os.killpg(process.pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
        process.wait(timeout=60)
        output.seek(0)
        return status, output.read().decode(errors="replace")

    def run_script(self, block):
        status, output = self.bash(block.text())
        return [] if status == 0 else [f"ended with {status}:\n{output}"]

    def run_console(self, block):
        """A command of several lines goes on where a line ends in a backslash."""
        problems, shown = [], ""
        entries = []
        for line in block.lines:
            if line.startswith("$ "):
                entries.append([line[2:], ""])
            elif entries and entries[-1][0].endswith("\\") and not entries[-1][1]:
                entries[-1][0] += "\n" + line
            elif entries:
                entries[-1][1] += line + "\n"
        for command, shown in entries:
            status, output = self.bash("set +e\n" + command)
            wanted = SUMMARY.search(shown)
            if wanted and f"--- {wanted.group(1)}:" not in output:
                problems.append(f"$ {command}\nshows {wanted.group(1)}, but printed:\n{output}")
            elif status in (2, 126, 127) and not wanted:
                problems.append(f"$ {command}\nended with {status}:\n{output}")
        return problems


def try_block(block, runner):
    if block.language not in ("sh", "console"):
        looks = [line for line in block.lines if COMMANDS.match(line)]
        if looks and block.language == "" and block.left_out is None:
            return [f"says neither sh, console nor text, and looks like a command: {looks[0]}"]
        return []
    run = runner.run_script if block.language == "sh" else runner.run_console
    if ADDRESS not in block.text() or "serve" in block.text() or "sandbox-api" in block.text():
        return run(block)
    server = subprocess.Popen(["sandbox-api"], env=runner.environment, cwd=ROOT,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        runner.bash(f"curl -s --retry 60 --retry-delay 1 --retry-connrefused http://{ADDRESS}/readyz")
        return run(block)
    finally:
        server.terminate()
        server.wait(timeout=60)


def main():
    if len(sys.argv) < 2:
        sys.exit("usage: tests/docs/run.py BUILD_DIR [FILE...]")
    build = pathlib.Path(sys.argv[1]).resolve()
    paths = [pathlib.Path(name).resolve() for name in sys.argv[2:]]
    paths = paths or [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/*.md")),
                      *sorted(ROOT.glob("examples/**/*.md"))]
    passed = failed = left_out = 0
    if problems := [*problems_of(build / "bin/sandbox-run")]:
        failed += 1
        print("FAIL packaging/man/sandbox-run.1", *problems, sep="\n", flush=True)
    else:
        passed += 1
    before = set(ROOT.iterdir())
    with tempfile.TemporaryDirectory() as home:
        runner = Runner(build, home)
        for path in paths:
            for block in blocks_of(path):
                if block.left_out is not None and block.language in ("sh", "console"):
                    left_out += 1
                    if not block.left_out:
                        print(f"FAIL {block.name}: is left out without a reason")
                        failed += 1
                    continue
                problems = try_block(block, runner)
                if problems:
                    failed += 1
                    print(f"FAIL {block.name}", *problems, sep="\n", flush=True)
                elif block.language in ("sh", "console"):
                    passed += 1
    # What blocks write into the tree is not the tree's.
    for left in set(ROOT.iterdir()) - before:
        shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()
    print(f"docs: {passed} passed, {failed} failed, 0 skipped ({left_out} say why they are not run)")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
