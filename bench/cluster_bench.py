#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cluster_bench.py BUILD [WORKERS...]: what a front end adds to a hello, what it costs, and how throughput grows with
workers, with runs that wait 100 ms instead of computing. Medians; the figures of docs/scaling.md."""

import concurrent.futures
import http.client
import json
import pathlib
import statistics
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "cluster"))

from cases import HELLO, SLEEP  # noqa: E402
from cluster import Cluster, Single  # noqa: E402

HELLOS = 60
RUNS_A_PLACE = 30


def post(connection, body):
    connection.request("POST", "/v1/runs", body)
    answer = json.loads(connection.getresponse().read())
    assert answer["outcome"] == "ok", answer
    return answer


def connect(server):
    return http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=120)


def cpu_seconds(process):
    """User and system time of a process, proc(5)."""
    fields = pathlib.Path(f"/proc/{process.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def hello_latency(servers):
    """In turns, so that a busy moment falls on all of them."""
    body = json.dumps({"source": HELLO})
    connections = [connect(server) for server in servers]
    times = [[] for _ in servers]
    for _ in range(HELLOS):
        for connection, each in zip(connections, times):
            started = time.monotonic()
            post(connection, body)
            each.append((time.monotonic() - started) * 1000)
    return [statistics.median(each) for each in times]


def throughput(cluster, places):
    """Runs a second, and the front ends' processor time of one."""
    count = RUNS_A_PLACE * places
    body = json.dumps({"source": SLEEP % 100})
    before = sum(cpu_seconds(front) for front in cluster.fronts)

    def send(number):
        connection = connect(cluster.fronts[number % len(cluster.fronts)])
        for _ in range(count // places):
            post(connection, body)

    with concurrent.futures.ThreadPoolExecutor(places) as pool:
        started = time.monotonic()
        list(pool.map(send, range(places)))
        took = time.monotonic() - started
    cost = (sum(cpu_seconds(front) for front in cluster.fronts) - before) / count
    return count / took, cost * 1000


def main():
    build, *counts = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="gobox-bench-") as directory:
        single = Single(build, pathlib.Path(directory) / "single")
        with Cluster(build, pathlib.Path(directory) / "1", fronts=2, workers=1, slots=2) as cluster:
            cluster.wait_ready()
            alone, together = hello_latency([single, cluster.fronts[0]])
        single.end()
        print(f"hello: single server {alone:.1f} ms, through a front end {together:.1f} ms, added {together - alone:.1f} ms")
        base = None
        for workers in [int(count) for count in counts] or [1, 2, 4, 8, 16]:
            with Cluster(build, pathlib.Path(directory) / f"w{workers}", fronts=2, workers=workers, slots=1) as cluster:
                cluster.wait_ready()
                throughput(cluster, workers)  # each compiles once
                rate, cost = throughput(cluster, workers)
            base = base or rate / workers
            print(f"{workers:3} workers: {rate:6.1f} runs/s, {rate / workers / base:.2f} of linear, "
                  f"front ends {cost:.2f} ms of processor a run", flush=True)


if __name__ == "__main__":
    main()
