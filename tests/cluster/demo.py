#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""demo.py BUILD [--stay]: what `./dev cluster` does."""

import json
import sys
import tempfile
import time

from cases import HELLO, outcome, start
from cluster import Cluster


def main():
    build, *rest = sys.argv[1:]
    if rest not in ([], ["--stay"]):
        sys.exit(f"dev cluster: unknown argument {rest[0]}")
    with tempfile.TemporaryDirectory(prefix="gobox-cluster-") as directory:
        with Cluster(build, directory, slots=1) as cluster:
            print(f"nats-server  {cluster.url}")
            for worker in cluster.workers:
                print(f"worker       {worker.url}  {worker.name}")
            for front in cluster.fronts:
                print(f"front end    {front.url}")
            print("waiting until the workers have compiled Go's standard library, once", flush=True)
            cluster.wait_ready()
            run = start(cluster.fronts[0], {"source": HELLO})
            result = outcome(cluster.fronts[1], run)
            print(f"\nPOST {cluster.fronts[0].url}/v1/runs?wait=false\nGET  {cluster.fronts[1].url}/v1/runs/{run}\n")
            print(json.dumps({key: result[key] for key in ("outcome", "stdout", "queued_ms", "total_ms", "queue")}, indent=2),
                  flush=True)
            if rest:
                print("\nCtrl-C ends it", flush=True)
                try:
                    while True:
                        time.sleep(3600)
                except KeyboardInterrupt:
                    pass
            return 0 if result["outcome"] == "ok" else 1


if __name__ == "__main__":
    sys.exit(main())
