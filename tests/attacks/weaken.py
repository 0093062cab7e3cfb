#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Takes one line of hardening away at a time, in a copy of the tree, and tells which attack notices.

    tests/attacks/weaken.py [--only TEXT]... [--resume] SCRATCH_DIRECTORY

Prints the rows of the table in docs/threat-model.md; what is taken away is listed in weakenings.py. Ends
with status 1 if something could be taken away without any attack noticing. The programs are probes:
one that succeeds says so and does no more.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
from weakenings import RULES, SECOND_WALLS, SOURCES  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PATIENCE = 120  # seconds for the attacks of one row

# In the copy: nothing but the attacks is built, and quickly.
CHEAPER = {
    "tests/CMakeLists.txt": [("foreach(binary sandbox-run sandbox-api)", "foreach(binary)")],
    "cmake/GoboxToolchain.cmake": [("set(CMAKE_CXX_FLAGS_RELEASE \"-O2\"", "set(CMAKE_CXX_FLAGS_RELEASE \"-O0\"")],
}


def run(command, **more):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)


def replaced(path, data, pairs):
    text = data.decode()
    for old, new in pairs:
        if old not in text:
            raise SystemExit("%s: %r is not there" % (path, old))
        text = text.replace(old, new)
    return text.encode()


def files_below(directory):
    found = set()
    for folder, folders, names in os.walk(directory):
        folders[:] = [each for each in folders if each not in (".git", "__pycache__") and not each.startswith("build")]
        found.update(os.path.relpath(os.path.join(folder, each), directory) for each in names if each != ".git")
    return found


class Scratch:
    """A copy of the tree, its build, and caches of its own: weakened builds must leave no trace in others."""

    def __init__(self, directory):
        self.directory = os.path.abspath(directory)
        self.tree = os.path.join(self.directory, "tree")
        self.build = os.path.join(self.directory, "build")
        self.cache = os.path.join(self.directory, "cache")
        self.refresh_tree()
        self.link_caches()

    def refresh_tree(self):
        """Writes only what differs, and so with a new time: what an interrupted run left is built anew."""
        wanted = files_below(ROOT)
        for name in files_below(self.tree) - wanted:
            os.remove(os.path.join(self.tree, name))
        for name in wanted:
            data = replaced(name, read(os.path.join(ROOT, name)), CHEAPER.get(name, []))
            copy = os.path.join(self.tree, name)
            if not os.path.exists(copy) or read(copy) != data:
                write(copy, data)
                shutil.copymode(os.path.join(ROOT, name), copy)

    def link_caches(self):
        """The prepared standard libraries are files that nobody changes; the store of filters is not shared."""
        prepared = os.environ.get("GOBOX_CACHE_DIR", "/var/cache/gobox")
        os.makedirs(self.cache, exist_ok=True)
        for name in os.listdir(prepared) if os.path.isdir(prepared) else []:
            target = os.path.join(self.cache, name)
            if name.startswith("go") and not name.endswith(".making") and not os.path.exists(target):
                shutil.copytree(os.path.join(prepared, name), target, copy_function=link_or_copy)

    def make(self):
        return run(["nice", "-n", "5", "ninja", "-C", self.build, "-j2", "gobox_attacks_tests"])

    def make_first(self):
        made = run(["cmake", "-S", self.tree, "-B", self.build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release"])
        made = made if made.returncode != 0 else self.make()
        if made.returncode != 0:
            raise SystemExit(made.stdout[-3000:])

    def noticed(self, attacks, policies=None, patience=PATIENCE):
        """Those of the attacks that did not end as they should, twice: the machine may be busy with others."""
        first = self.ask(attacks, policies, patience)
        again = [each for each in first if "(" not in each]
        return sorted(set(first) & set(self.ask(" ".join(again), policies, patience))) if again else first

    def ask(self, attacks, policies, patience):
        shutil.rmtree(os.path.join(self.cache, "filters"), ignore_errors=True)
        environment = dict(os.environ, GOBOX_CACHE_DIR=self.cache, GOBOX_KILL_ROUNDS="8")
        environment["GOBOX_POLICY_DIR"] = policies or os.path.join(self.tree, "policies")
        asked = attacks.split()
        command = [os.path.join(self.build, "bin/gobox_attacks_tests"), "--gtest_filter=" + gtest_filter(asked)]
        try:
            # A pipe, so that what the suite itself reads is no /dev/null.
            result = run(command, env=environment, timeout=patience, stdin=subprocess.PIPE)
        except subprocess.TimeoutExpired:
            return ["%s (never ends)" % each for each in asked]
        write(os.path.join(self.directory, "last.log"), result.stdout.encode())
        if len(set(re.findall(r"\[ RUN      \] (\S+)", result.stdout))) < len(asked):
            raise SystemExit("not all of %s were asked:\n%s" % (attacks, result.stdout[-3000:]))
        if re.search(r"outcome sandbox_error: .*could not", result.stdout):
            return ["set-up fails (nothing runs)"]
        failed = re.findall(r"\[  FAILED  \] (\w+)/AttackTest\.\w+/(\w+)", result.stdout)
        names = {"/".join(each) for each in failed}
        names.update(re.findall(r"\[  FAILED  \] ([A-Z]\w+\.\w+)", result.stdout))
        if result.returncode != 0 and not names:
            return ["(nothing runs at all)"]
        return sorted(names)


def link_or_copy(source, target):
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def gtest_filter(attacks):
    parts = []
    for each in attacks:
        parts.append(each if "." in each else "%s/AttackTest.*/%s" % tuple(each.split("/")))
    return ":".join(parts)


def weaken_line(scratch, changes, attacks):
    paths = {name: os.path.join(scratch.tree, name) for name in changes}
    originals = {name: read(path) for name, path in paths.items()}
    try:
        for name, pairs in changes.items():
            write(paths[name], replaced(name, originals[name], pairs))
        made = scratch.make()
        if made.returncode != 0:
            raise SystemExit("%s: does not compile\n%s" % (", ".join(changes), made.stdout[-3000:]))
        return scratch.noticed(attacks)
    finally:
        for name, data in originals.items():
            write(paths[name], data)


def weaken_rule(scratch, name, rule, attacks):
    """The rule allows instead of refusing; rules that allow part of the call stay, they do not clash."""
    directory = os.path.join(scratch.directory, "policies")
    shutil.rmtree(directory, ignore_errors=True)
    shutil.copytree(os.path.join(scratch.tree, "policies"), directory)
    path = os.path.join(directory, name + ".json")
    policy = json.loads(read(path))
    call, _, action = rule.partition(":")
    hit = False
    for each in policy["seccomp"]["rules"]:
        if call in each["calls"] and each["action"] != "allow" and action in ("", each["action"], each.get("errno")):
            each["action"] = "allow"
            each.pop("errno", None)
            hit = True
    if not hit:
        raise SystemExit("no rule %s in %s" % (rule, name))
    write(path, json.dumps(policy).encode())
    return scratch.noticed(attacks, directory)


def rows(scratch):
    """(what is taken away, how it is called in the table, the attacks to ask, a call that takes it away)."""
    for name, changes, attacks in SOURCES:
        yield name, name, attacks, lambda c=changes, a=attacks: weaken_line(scratch, c, a)
    for policy, rule, attacks in RULES:
        shown = "policies/%s.json: %s" % (policy, rule.replace(":", ", "))
        yield "%s: %s" % (policy, rule), shown, attacks, lambda p=policy, r=rule, a=attacks: weaken_rule(scratch, p, r, a)


def remembered(path, resume):
    return json.loads(read(path)) if resume and os.path.exists(path) else {}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", default=[], help="rows whose name holds this")
    parser.add_argument("--resume", action="store_true", help="go on where an interrupted run of this tree ended")
    parser.add_argument("scratch")
    options = parser.parse_args()
    scratch = Scratch(options.scratch)
    scratch.make_first()
    chosen = [row for row in rows(scratch) if not options.only or any(each in row[0] for each in options.only)]
    results = os.path.join(scratch.directory, "results.json")
    known = remembered(results, options.resume)
    asked = sorted({attack for row in chosen if row[0] not in known for attack in row[2].split()})
    if asked and (failing := scratch.noticed(" ".join(asked), patience=10 * PATIENCE)):
        raise SystemExit("these fail with nothing taken away: " + ", ".join(failing))
    unnoticed = 0
    print("| taken away | which attack noticed |\n|---|---|")
    for name, shown, _, take_away in chosen:
        if name not in known:
            known[name] = take_away()
            write(results, json.dumps(known, indent=1).encode())
        wall = SECOND_WALLS.get(name)
        unnoticed += not known[name] and not wall
        noticed_by = ", ".join(known[name]) or ("none: " + wall if wall else "**none**")
        print("| %s | %s |" % (shown, noticed_by), flush=True)
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
