#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py BUILD REPORT [FILTER]: front ends and workers on a nats-server of their own, against the single server, and while
each of the processes dies. GOBOX_CLUSTER_RUNS (60) and GOBOX_CLUSTER_KILLS (6) make the storm larger."""

import pathlib
import sys
import tempfile
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "clients")]

import cases  # noqa: E402
from report import Report  # noqa: E402


def main():
    build, report_path = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    report = Report(sys.argv[3] if len(sys.argv) > 3 else "*", "Cluster")
    with tempfile.TemporaryDirectory(prefix="gobox-cluster-") as directory:
        for suite in cases.SUITES:
            names = [name for name in suite.cases if report.wants(f"Cluster.{name}")]
            if names:
                run_suite(suite, names, build, pathlib.Path(directory), report)
    report.write(report_path)
    counts = report.counts
    print(f"cluster: {counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 1 if counts["failed"] else 0


def run_suite(suite, names, build, directory, report):
    started = time.monotonic()
    try:
        setting = suite(build, directory / suite.__name__)
    except Exception:
        for name in names:
            report.add(name, "failed", time.monotonic() - started, traceback.format_exc())
        return
    try:
        for name in names:
            started = time.monotonic()
            try:
                skipped = getattr(setting, suite.cases[name])()
                report.add(name, "skipped" if skipped else "passed", time.monotonic() - started, skipped or "")
            except Exception:
                report.add(name, "failed", time.monotonic() - started, traceback.format_exc() + setting.said())
    finally:
        setting.end()


if __name__ == "__main__":
    sys.exit(main())
