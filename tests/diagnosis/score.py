#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the programs of tests/diagnosis/programs and scores what sandbox-run says of them.

Each program names, in its header, how it is run and the cause it was written with:
  // Run: --memory 64M                flags
  // Form: test                       sandbox-run test FILE
  // Outcome: oom|timeout             what may come of it
  // Cause: map_growth|heap_growth    reasons that are right as the first hint; none: there is none
  // Says: c.m                        the first hint has these words
  // Not: slice appended              no hint has these words: they would be false
Says and Not may be repeated. Printed are the programs that miss, then the score: first hints that
are right, and statements that are false. With --least N the status is 1 below N right first hints or
at any false statement.
"""
import argparse
import concurrent.futures
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def header(path):
    fields = {"Run": [""], "Form": [""], "Outcome": [], "Cause": [], "Says": [], "Not": []}
    for line in path.read_text().splitlines():
        if not line.startswith("// "):
            break
        key, _, value = line[3:].partition(":")
        if key in fields:
            fields[key].append(value.strip())
    return fields


def run(binary, path, toolchain):
    fields = header(path)
    command = [binary, *fields["Form"][-1].split(), "--json", "--compile-timeout", "60s", "--total-timeout", "100s"]
    flags = fields["Run"][-1].split()
    if "--total-timeout" in flags:
        command = command[:-2]
    if toolchain and "--toolchain" not in flags:
        command += ["--toolchain", toolchain]
    done = subprocess.run(command + flags + [str(path)], capture_output=True, timeout=200,
                          stdin=subprocess.DEVNULL)
    try:
        return judge(path, fields, json.loads(done.stdout))
    except ValueError:
        return {"name": path.stem, "right": False, "false": [], "why": done.stderr.decode()[-400:], "hints": []}


def judge(path, fields, result):
    hints = ((result.get("diagnosis") or {}).get("hints")) or []
    texts = [hint["text"] for hint in hints] or result["hints"]
    reason = hints[0]["reason"] if hints else (result.get("diagnosis") or {}).get("reason") or "none"
    misses = []
    if result["outcome"] not in fields["Outcome"][0].split("|"):
        misses.append("outcome " + result["outcome"])
    if reason not in fields["Cause"][0].split("|"):
        misses.append("reason " + reason)
    first = texts[0] if texts else ""
    misses += [f"first hint without {words!r}" for words in fields["Says"] if words not in first]
    false = [words for words in fields["Not"] if any(words in text for text in texts)]
    return {"name": path.stem, "right": not misses, "false": false, "why": "; ".join(misses), "hints": texts}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(ROOT / "build/bin/sandbox-run"))
    parser.add_argument("--toolchain", action="append", default=[])
    parser.add_argument("--least", type=int, default=0, help="right first hints of each toolchain")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--programs", type=pathlib.Path, default=HERE / "programs", help="their directory")
    parser.add_argument("--verbose", action="store_true", help="all hints of all programs")
    parser.add_argument("names", nargs="*", help="programs; all when none is named")
    options = parser.parse_args()
    paths = sorted(options.programs.glob("*.go"))
    if options.names:
        paths = [path for path in paths if path.stem in options.names]
    fell = False
    for toolchain in options.toolchain or [""]:
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            scores = list(pool.map(lambda path: run(options.binary, path, toolchain), paths))
        for score in scores:
            bad = not score["right"] or score["false"]
            if bad or options.verbose:
                print(f"{'MISS' if bad else 'ok'} {score['name']}: {score['why']}"
                      + (f" FALSE {score['false']}" if score["false"] else ""))
                for text in score["hints"]:
                    print("    " + text)
        right = sum(score["right"] for score in scores)
        false = sum(len(score["false"]) for score in scores)
        print(f"diagnosis{' ' + toolchain if toolchain else ''}: first hint right {right} of {len(scores)}, false statements {false}")
        fell = fell or right < options.least or false > 0
    return 1 if options.least and fell else 0


if __name__ == "__main__":
    sys.exit(main())
