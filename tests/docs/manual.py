# SPDX-License-Identifier: Apache-2.0
"""problems_of(COMMAND): where the manual page and the command's own --help name different flags."""

import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
VERBS = ("", "exec", "test", "why", "sweep", "compare", "bench-endpoint", "check", "warm", "cache", "policy")
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]+")


def problems_of(command):
    said = set()
    for verb in VERBS:
        run = subprocess.run([command, *filter(None, [verb]), "--help"], capture_output=True, text=True, timeout=30)
        if run.returncode != 0:
            yield f"sandbox-run {verb} --help ends with {run.returncode}: {run.stderr.strip()}"
        said.update(FLAG.findall(run.stdout))
    page = (ROOT / "packaging/man/sandbox-run.1").read_text().replace("\\-", "-")
    printed = set(FLAG.findall(page))
    for flag in sorted(said - printed):
        yield f"the manual page does not name {flag}, which --help does"
    for flag in sorted(printed - said - {"--race"}):  # a spelling beside -race, which is go's
        yield f"--help does not name {flag}, which the manual page does"
