#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tests/package/files.py BUILD_DIR: the files that run Gobox elsewhere say what is true of the binaries in BUILD_DIR.

YAML and JSON parse; every flag of a sandbox-... command line exists in that command's --help, every SANDBOX_API_... variable
is that of a flag; every metric in the dashboard and the alerts is one that the sources register, with labels they have; the
units pass systemd-analyze, where it is installed. The last line is "files: N passed, N failed".
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PACKAGING = ROOT / "packaging"
METRIC = re.compile(r"\b(?:sandbox|process)_[a-z_]+\b(?!\()")
REGISTERED = re.compile(r'"((?:sandbox|process)_[a-z_]+)"')
OF_HISTOGRAMS = re.compile(r"_(bucket|sum|count)$")
PROMQL_LABELS = re.compile(r"\{([^{}]*)\}")
LABELS_OF_PROMETHEUS = {"instance", "job", "le", "namespace"}


class Checks:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, problems):
        if problems:
            self.failed += 1
            print(f"FAIL  {name}", *sorted(set(problems)), sep="\n      ", flush=True)
        else:
            self.passed += 1
            print(f"ok    {name}", flush=True)


def help_of(build, command):
    """The flags of a command, from its own --help; none of one that was not built."""
    if not (build / "bin" / command[0]).exists():
        return set()
    text = subprocess.run([build / "bin" / command[0], *command[1:], "--help"], capture_output=True, text=True, timeout=60).stdout
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))


def command_lines(text):
    """Lists and lines that begin with one of our commands, as lists of words."""
    for listed in re.findall(r'\[\s*("sandbox-(?:api|worker|run)"[^\]]*)\]', text):
        yield re.findall(r'"([^"]*)"', listed)
    for line in re.findall(r"(?:^ExecStart=|^\s*exec )(sandbox-(?:api|worker|run)\b.*)$", text, re.MULTILINE):
        yield line.split()


def unknown_flags(build, text):
    problems = []
    for words in command_lines(text):
        verb = ["queue", "init"] if words[1:3] == ["queue", "init"] else []
        known = help_of(build, [words[0], *verb]) | help_of(build, words[:1])
        problems += [f"{words[0]} has no flag {word}" for word in words if word.startswith("--") and word.split("=")[0] not in known]
    return problems


def unknown_variables(build, text):
    problems = []
    for prefix, command in (("SANDBOX_API_", "sandbox-api"), ("SANDBOX_WORKER_", "sandbox-worker")):
        for name in set(re.findall(prefix + r"[A-Z_]*[A-Z]", text)):
            flag = "--" + name.removeprefix(prefix).lower().replace("_", "-")
            if flag not in help_of(build, [command]):
                problems.append(f"{name}: {command} has no flag {flag}")
    return problems


def registered_metrics():
    names = set()
    for source in (ROOT / "api").rglob("*.cc"):
        names |= set(REGISTERED.findall(source.read_text()))
    return names


def expressions(tree):
    """Every PromQL expression of a dashboard or of rules."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key in ("expr", "metricsQuery", "seriesQuery") and isinstance(value, str):
                yield value
            elif key == "name" and isinstance(value, str) and METRIC.fullmatch(value):
                yield value
            else:
                yield from expressions(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from expressions(value)


def unknown_metrics(tree, registered, sources):
    problems = []
    for expression in expressions(tree):
        bare = PROMQL_LABELS.sub("", expression)
        for name in METRIC.findall(bare):
            if name not in registered and OF_HISTOGRAMS.sub("", name) not in registered:
                problems.append(f"no metric {name}")
        for labels in PROMQL_LABELS.findall(expression):
            for label, value in re.findall(r'(\w+)\s*=~?\s*"([^"]*)"', labels):
                if label not in LABELS_OF_PROMETHEUS and f'"{label}"' not in sources:
                    problems.append(f"no label {label}")
                if re.fullmatch(r"[a-z_]+", value) and label not in LABELS_OF_PROMETHEUS and f'"{value}"' not in sources:
                    problems.append(f'no value {label}="{value}"')
    return problems


def unit_problems(unit, build):
    """The unit as systemd reads it, with the build's binary in the place of the installed one."""
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / unit.name
        text = re.sub(r"^ExecStart=(sandbox-[a-z]+)", rf"ExecStart={build}/bin/\1", unit.read_text(), flags=re.MULTILINE)
        copy.write_text(text)
        run = subprocess.run(["systemd-analyze", "verify", "--man=no", str(copy)], capture_output=True, text=True, timeout=60)
    lines = [line for line in (run.stdout + run.stderr).splitlines() if unit.name in line]
    return lines if run.returncode == 0 else lines or [run.stderr.strip() or f"exit status {run.returncode}"]


def load(path):
    text = path.read_text()
    return json.loads(text) if path.suffix == ".json" else list(yaml.safe_load_all(text))


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: tests/package/files.py BUILD_DIR")
    build, checks = pathlib.Path(sys.argv[1]).resolve(), Checks()
    registered = registered_metrics()
    sources = "\n".join(path.read_text() for path in [*(ROOT / "api").rglob("*.cc"), *(ROOT / "runner").rglob("*.cc")])
    for path in sorted([*PACKAGING.rglob("*.yaml"), *PACKAGING.rglob("*.json")]):
        name = path.relative_to(ROOT)
        try:
            tree = load(path)
        except (yaml.YAMLError, json.JSONDecodeError) as problem:
            checks.check(f"{name} parses", [str(problem)])
            continue
        text = path.read_text()
        checks.check(name, unknown_flags(build, text) + unknown_variables(build, text) + unknown_metrics(tree, registered, sources))
    for path in sorted([*PACKAGING.glob("*.service"), *PACKAGING.glob("deb/*.default"), PACKAGING / "Containerfile"]):
        text = path.read_text()
        problems = unknown_flags(build, text) + unknown_variables(build, text)
        if path.suffix == ".service" and shutil.which("systemd-analyze"):
            problems += unit_problems(path, build)
        checks.check(path.relative_to(ROOT), problems)
    print(f"files: {checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
