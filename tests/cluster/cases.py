# SPDX-License-Identifier: Apache-2.0
"""The promises of docs/scaling.md, each as a case. A suite is a cluster that its cases share, in order."""

import io
import json
import os
import random
import re
import subprocess
import tarfile
import threading
import time

from cluster import Cluster, Single, call, groups_left, wait_for

HELLO = 'package main\nimport "fmt"\nfunc main() { fmt.Println("hello") }\n'
SLEEP = 'package main\nimport "time"\nfunc main() { time.Sleep(%d * time.Millisecond); print("slept") }\n'
WRITER = (b'package main\nimport ("bytes"; "os")\nfunc main() { os.Mkdir("out", 0o755); '
          b'os.WriteFile("out/a", bytes.Repeat([]byte("x"), 2000000), 0o644) }\n')
# Enough that a compile on a busy machine does not decide.
PATIENT = {"total_ms": 30000, "compile": {"wall_ms": 15000}}

# Each an outcome of the contract, and what is not plain text, or not small.
REQUESTS = {
    "ok": {"source": HELLO},
    "arguments": {"source": 'package main\nimport ("fmt"; "io"; "os")\nfunc main() { b, _ := io.ReadAll(os.Stdin); '
                            'fmt.Println(os.Args[1:], os.Getenv("A"), string(b)) }\n',
                  "args": ["x", "ä"], "env": {"A": "b"}, "stdin": "in"},
    "compile_error": {"source": "package main\nfunc main() { x := 1 }\n"},
    "exited": {"source": 'package main\nimport "os"\nfunc main() { os.Stderr.WriteString("no\\n"); os.Exit(3) }\n'},
    "signaled": {"source": 'package main\nimport ("os"; "syscall"; "time")\nfunc main() { '
                           'syscall.Kill(os.Getpid(), syscall.SIGKILL); time.Sleep(time.Second) }\n'},
    "oom": {"source": 'package main\nfunc main() { var k [][]byte; for { b := make([]byte, 1<<20); for i := range b { '
                      'b[i] = 1 }; k = append(k, b) } }\n',
            "limits": {"run": {"memory_bytes": 32 << 20}}},
    "timeout": {"source": SLEEP % 60000, "grace_ms": 0, "limits": {"run": {"wall_ms": 300}}},
    "output_limit": {"source": 'package main\nimport "fmt"\nfunc main() { for { fmt.Println("aaaaaaaaaaaaaaa") } }\n',
                     "limits": {"run": {"output_bytes": 4096}}},
    "test": {"files": {"go.mod": "module m\n", "a.go": "package m\n", "a_test.go": 'package m\nimport "testing"\n'
                       'func TestA(t *testing.T) {}\nfunc TestB(t *testing.T) { t.Fatal("b") }\n'}, "kind": "test"},
    "bytes": {"source": 'package main\nimport "os"\nfunc main() { os.Stdout.Write([]byte{0, 255, 10}) }\n'},
    # Larger than a message of NATS, both ways.
    "large": {"source": HELLO.replace("fmt.Println(\"hello\")", "for i := 0; i < 90000; i++ { fmt.Println(\"0123456789\") }")
              + "// " + "x" * 700_000 + "\n"},
}
# Measured, or drawn by lot, so that it differs between any two runs.
MEASURED = {"id", "wall_ms", "setup_ms", "cpu_user_ms", "cpu_system_ms", "cpu_throttled_ms", "total_ms", "queued_ms",
            "used_ms", "memory_peak_bytes", "pids_peak", "pids_refused", "offset_ms", "elapsed_ms", "cpu_ms", "age_ms",
            "pid", "ppid", "prepared", "oom_kills", "count", "state", "cached", "queue", "open_files",
            "output_omitted_bytes"}


def comparable(value, key=""):
    if key in MEASURED or key == "diagnosis":
        return None
    if isinstance(value, dict):
        return {name: comparable(each, name) for name, each in value.items()}
    if isinstance(value, list):
        if key == "events":  # the same bytes, in pieces that time decides
            return "".join(each["text"] for each in value)
        return [comparable(each) for each in value]
    if isinstance(value, str) and key in ("message", "hints", "", "text", "output"):
        return re.sub(r"[0-9][0-9.]*", "N", value)
    return value


def differences(left, right, path=""):
    if isinstance(left, dict) and isinstance(right, dict):
        return [found for key in sorted(left.keys() | right.keys())
                for found in differences(left.get(key, "missing"), right.get(key, "missing"), f"{path}/{key}")]
    if isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        return [found for number, pair in enumerate(zip(left, right))
                for found in differences(*pair, f"{path}/{number}")]
    return [] if left == right else [(path, left, right)]


def patiently(request):
    limits = dict(request.get("limits", {}))
    limits["total_ms"] = PATIENT["total_ms"]
    limits["compile"] = PATIENT["compile"]
    return {**request, "limits": limits}


def post(server, request, query=""):
    return call(server.url + "/v1/runs" + query, "POST", patiently(request))


def start(server, request):
    status, body = post(server, request, "?wait=false")
    assert status == 202, (status, body)
    return json.loads(body)["id"]


def state(server, run):
    status, body = call(f"{server.url}/v1/runs/{run}")
    return (json.loads(body) if status == 200 else {}) | {"status": status}


def outcome(server, run, patience=90):
    return wait_for(f"the result of {run}", lambda: state(server, run).get("outcome") and state(server, run), patience)


class Suite:
    cases = {}

    def __init__(self, build, directory):
        self.build = build
        self.cluster = Cluster(build, directory).wait_ready()

    def said(self):
        return self.cluster.said()

    def end(self):
        self.cluster.end()


class Answers(Suite):
    """A cluster where nothing goes wrong answers as one server does."""

    cases = {
        "EveryOutcomeIsTheSingleServers": "outcomes",
        "PlaygroundCallsAreTheSingleServers": "playground",
        "AnyFrontEndKnowsAnyRun": "any_front",
        "EventsResumeThroughAnotherFrontEnd": "events",
        "DeleteEndsARunWhereverItIs": "delete",
        "ACanceledRunIsNotStarted": "not_started",
        "StandardInputGoesToTheWorker": "stdin",
        "ACallersThousandRunsDoNotStarveAnothersOne": "fairness",
        "ANewFrontEndNeedsNoPrivileges": "privileges",
        "TreesGoInAndArtifactsComeOut": "files",
        "RefusalsNameWhatIsMissing": "refusals",
    }

    def __init__(self, build, directory):
        super().__init__(build, directory)
        self.single = Single(build, directory / "single")

    def end(self):
        super().end()
        self.single.end()

    def outcomes(self):
        for number, (name, request) in enumerate(REQUESTS.items()):
            front = self.cluster.fronts[number % 2]
            alone, together = post(self.single, request), post(front, request)
            assert alone[0] == together[0] == 200, (name, alone, together)
            expected, found = json.loads(alone[1]), json.loads(together[1])
            if name in ("oom", "timeout"):  # what they hint at is measured
                expected, found = ({**each, "hints": []} for each in (expected, found))
            different = differences(comparable(expected), comparable(found))
            assert not different, f"{name}: {different}"
            assert expected["queue"] is None and found["queue"]["deliveries"] == 1, found["queue"]
            status, body = call(f"{self.cluster.fronts[1 - number % 2].url}/v1/runs/{found['id']}")
            assert status == 200 and body == together[1], (name, body[:300])

    def playground(self):
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        bodies = [("/compile", b"version=2&withVet=true&body=" + quoted(HELLO)),
                  ("/compile", b"body=" + quoted("package main\nfunc main() { x }\n")),
                  ("/vet", b"body=" + quoted('package main\nimport "fmt"\nfunc main() { fmt.Printf("%d") }\n')),
                  ("/fmt", b"body=" + quoted("package main\nfunc main( ) { }\n")), ("/compile", b"body=")]
        for path, body in bodies:
            answers = [call(server.url + path, "POST", body, form) for server in (self.single, self.cluster.fronts[0])]
            assert answers[0][0] == answers[1][0], (path, answers)
            read = [without_sandbox(answer[1]) for answer in answers]
            assert read[0] == read[1], (path, read)
        status, name = call(self.cluster.fronts[0].url + "/share", "POST", HELLO.encode())
        assert status == 200
        assert call(f"{self.cluster.fronts[1].url}/p/{name.decode()}.go") == (200, HELLO.encode())

    def any_front(self):
        one, other = self.cluster.fronts
        run = start(one, {"source": SLEEP % 1500})
        assert state(other, run)["state"] in ("queued", "running"), state(other, run)
        listed = json.loads(call(other.url + "/v1/runs")[1])["runs"]
        assert run in [each["id"] for each in listed], listed
        assert outcome(other, run)["outcome"] == "ok"
        assert state(one, run) == state(other, run)
        assert state(one, "0" * 32)["status"] == 404 and state(one, "a.b>*")["status"] == 404

    def events(self):
        one, other = self.cluster.fronts
        run = start(one, {"source": SLEEP % 500})
        first = frames(call(f"{one.url}/v1/runs/{run}/events")[1])
        assert [int(frame["id"]) for frame in first] == list(range(1, len(first) + 1)), first
        assert first[-1]["event"] == "result" and "stderr" in [frame["event"] for frame in first], first
        again = frames(call(f"{other.url}/v1/runs/{run}/events", headers={"Last-Event-ID": "2"})[1])
        assert again == first[2:], (first, again)

    def delete(self):
        one, other = self.cluster.fronts
        run = start(one, {"source": SLEEP % 60000, "limits": {"run": {"wall_ms": 8000}}})
        wait_for("it runs", lambda: state(other, run).get("stage") == "run")
        assert call(f"{other.url}/v1/runs/{run}", "DELETE")[0] == 202
        assert outcome(one, run)["outcome"] == "canceled"

    def not_started(self):
        front = self.cluster.fronts[0]
        places = sum(each["slots"] for each in self.cluster.able(front))
        busy = [start(front, {"source": SLEEP % 3000}) for _ in range(places)]
        wait_for("all places are taken", lambda: all(state(front, run).get("stage") == "run" for run in busy))
        run = start(front, {"source": HELLO})
        assert state(front, run)["state"] == "queued" and state(front, run)["position"] >= 1, state(front, run)
        assert call(f"{self.cluster.fronts[1].url}/v1/runs/{run}", "DELETE")[0] == 202
        ended = state(front, run)
        assert ended["outcome"] == "canceled" and not ended["stages"], ended
        for each in busy:
            assert outcome(front, each)["outcome"] == "ok"
        assert state(front, run) == ended

    def stdin(self):
        one, other = self.cluster.fronts
        run = start(one, {"source": 'package main\nimport ("io"; "os")\nfunc main() { io.Copy(os.Stdout, os.Stdin) }\n',
                          "stdin_open": True})
        wait_for("it runs", lambda: state(one, run).get("state") == "running")
        sent = json.loads(call(f"{other.url}/v1/runs/{run}/stdin", "POST", b"one ")[1])
        assert sent == {"accepted_bytes": 4, "open": True}, sent
        sent = json.loads(call(f"{one.url}/v1/runs/{run}/stdin?eof=true", "POST", b"two")[1])
        assert sent == {"accepted_bytes": 3, "open": False}, sent
        assert outcome(other, run)["stdout"] == "one two"

    def fairness(self):
        """By the order in which runs of two callers end: visitors' names are made from their addresses."""
        front = self.cluster.add_front("--anonymous", "concurrency=8", "--trusted-proxy", "127.0.0.1")
        try:
            wait_for("workers are heard of", lambda: call(front.url + "/readyz")[0] == 200)

            def ask(address, milliseconds):
                status, body = call(front.url + "/v1/runs?wait=false", "POST",
                                    patiently({"source": SLEEP % milliseconds}), {"X-Forwarded-For": address})
                assert status == 202, (status, body)
                return json.loads(body)["id"]

            def left(run):
                body = call(f"{front.url}/v1/runs/{run}", headers={"X-Forwarded-For": "192.0.2.1"})[1]
                return "outcome" not in json.loads(body)

            many = [ask("192.0.2.1", 200) for _ in range(40)]
            one = ask("192.0.2.2", 200)
            wait_for("the one", lambda: "outcome" in json.loads(
                call(f"{front.url}/v1/runs/{one}", headers={"X-Forwarded-For": "192.0.2.2"})[1]))
            assert left(many[-1]) and sum(left(run) for run in many) >= 10, "it waited behind another's runs"
            wait_for("the others", lambda: not any(left(run) for run in many), 180)
        finally:
            self.cluster.drop(front)
            front.end()

    def privileges(self):
        if os.geteuid() != 0:
            return "only root can become another"
        command = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--bounding-set", "-all",
                   "--no-new-privs", "--"]
        from cluster import Process
        front = Process([self.cluster.bin / "sandbox-api", "--queue", self.cluster.url, "--address", "127.0.0.1:0",
                         "--quiet"], self.cluster.directory / "nobody.log", command)
        try:
            wait_for("it is ready", lambda: call(front.url + "/readyz")[0] == 200)
            assert json.loads(post(front, {"source": HELLO})[1])["outcome"] == "ok"
        finally:
            assert front.end() == 0
        return None

    def files(self):
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tree:
            for name, text in (("go.mod", b"module m\n"), ("main.go", WRITER), ("filler", os.urandom(1 << 20))):
                entry = tarfile.TarInfo(name)
                entry.size = len(text)
                tree.addfile(entry, io.BytesIO(text))
        request = json.dumps(patiently({"artifacts": ["out/*"]})).encode()
        parts = [(b'name="request"\r\nContent-Type: application/json', request),
                 (b'name="tree"; filename="t"\r\nContent-Type: application/x-tar', archive.getvalue())]
        body = b"".join(b"--B\r\nContent-Disposition: form-data; " + head + b"\r\n\r\n" + data + b"\r\n"
                        for head, data in parts) + b"--B--\r\n"
        status, answer = call(self.cluster.fronts[0].url + "/v1/runs", "POST", body,
                              {"Content-Type": "multipart/form-data; boundary=B"})
        assert status == 200, answer
        result = json.loads(answer)
        assert result["outcome"] == "ok" and [each["name"] for each in result["artifacts"]] == ["out/a"], result
        other = self.cluster.fronts[1].url
        assert call(other + result["artifacts"][0]["href"]) == (200, b"x" * 2_000_000)
        assert call(other + result["artifacts"][0]["href"] + "b")[0] == 404

    def refusals(self):
        binary = self.cluster.bin / "sandbox-api"
        missing = subprocess.run([binary, "--queue", self.cluster.url, "--queue-prefix", "other", "--address", "127.0.0.1:0"],
                                 capture_output=True, text=True, timeout=60)
        assert missing.returncode == 1 and "sandbox-api queue init" in missing.stderr, missing
        mixed = subprocess.run([binary, "--queue", self.cluster.url, "--workers", "3"], capture_output=True, text=True,
                               timeout=60)
        assert mixed.returncode == 2 and "--workers" in mixed.stderr, mixed
        front = self.cluster.fronts[0]
        for request in ({"source": HELLO, "toolchain": "go1.2"}, {"source": HELLO, "nonsense": 1}):
            alone, together = post(self.single, request), post(front, request)
            assert alone == together and alone[0] == 422, (alone, together)


class Deaths(Suite):
    """Each kind of process dies, and no accepted run is lost or has two results."""

    cases = {
        "AWorkersRunsAreGivenToAnother": "worker_killed",
        "ARunThatKillsItsWorkerTwiceIsGivenUp": "poison",
        "ADrainingWorkerFinishesWhatItHas": "drain",
        "ALateWorkerCannotOverwrite": "late",
        "NatsMayBeKilled": "nats_killed",
        "AStormOfKillsLosesNothing": "storm",
        "ADeletedStreamIsNoEternity": "stream_deleted",
    }

    def having(self, run):
        """The worker that runs it."""
        with_state = self.cluster.client()
        try:
            stored = with_state.request("$JS.API.DIRECT.GET.GOBOX_STATE",
                                        json.dumps({"last_by_subj": f"gobox.state._.{run}"}).encode())[1]
        finally:
            with_state.close()
        name = json.loads(stored.split(b"\n")[0] or b"{}").get("worker") if stored else None
        return next((each for each in self.cluster.workers if each.name == name), None)

    def kill(self, worker):
        self.cluster.drop(worker)
        worker.kill()

    def worker_killed(self):
        front = self.cluster.fronts[0]
        run = start(front, {"source": SLEEP % 4000})
        wait_for("it runs", lambda: state(front, run).get("stage") == "run")
        killed = time.monotonic()
        self.kill(self.having(run))
        wait_for("another one has it", lambda: self.having(run) is not None, 30)
        noticed = time.monotonic() - killed
        result = outcome(front, run)
        assert result["outcome"] == "ok" and result["queue"]["deliveries"] == 2, result
        assert noticed < 13, f"noticed after {noticed:.1f} s"
        seen = frames(call(f"{front.url}/v1/runs/{run}/events")[1])
        assert [int(frame["id"]) for frame in seen] == list(range(1, len(seen) + 1)), seen
        self.cluster.add_worker()
        self.cluster.wait_ready(3)

    def poison(self):
        front = self.cluster.fronts[1]
        run = start(front, {"source": SLEEP % 7000})
        for _ in range(2):
            worker = wait_for("somebody has it", lambda: self.having(run), 40)
            wait_for("it runs", lambda: state(front, run).get("stage") == "run", 40)
            self.kill(worker)
            self.cluster.add_worker()
        result = outcome(front, run)
        assert result["outcome"] == "sandbox_error" and "2 attempts" in result["message"], result
        self.cluster.wait_ready(3)

    def drain(self):
        front = self.cluster.fronts[0]
        run = start(front, {"source": SLEEP % 3000})
        worker = wait_for("somebody has it", lambda: self.having(run))
        wait_for("it runs", lambda: state(front, run).get("stage") == "run")
        self.cluster.drop(worker)
        assert worker.end() == 0, worker.said()
        result = state(front, run)
        assert result["outcome"] == "ok" and result["queue"]["deliveries"] == 1, result
        self.cluster.add_worker()
        self.cluster.wait_ready(3)

    def late(self):
        """Stopped, a worker is silent as one that is cut off; its run goes on, and it comes back with a result."""
        front = self.cluster.fronts[0]
        run = start(front, {"source": SLEEP % 6000})
        worker = wait_for("somebody has it", lambda: self.having(run))
        wait_for("it runs", lambda: state(front, run).get("stage") == "run")
        worker.process.send_signal(19)
        try:
            result = outcome(front, run)
        finally:
            worker.process.send_signal(18)
        assert result["outcome"] == "ok" and result["queue"]["deliveries"] == 2, result
        wait_for("the late result is refused", lambda: re.search(
            rb"^sandbox_queue_late_results_total 1", call(worker.url + "/metrics")[1], re.M), 40)
        assert state(front, run) == result

    def nats_killed(self):
        front = self.cluster.fronts[0]
        runs = [start(front, {"source": SLEEP % 1000}) for _ in range(8)]
        self.cluster.kill_nats()
        assert call(front.url + "/healthz")[0] == 200
        assert call(front.url + "/readyz")[0] == 503
        self.cluster.start_nats()
        for run in runs:
            assert outcome(front, run)["outcome"] == "ok"
        wait_for("it is ready again", lambda: call(front.url + "/readyz")[0] == 200)
        self.cluster.wait_ready(3)

    def storm(self):
        """Accepted runs while workers, front ends and nats-server are killed at random."""
        count = int(os.environ.get("GOBOX_CLUSTER_RUNS", "60"))
        kills = int(os.environ.get("GOBOX_CLUSTER_KILLS", "6"))
        chance = random.Random(20)
        accepted, lock = [], threading.Lock()
        fronts = list(self.cluster.fronts)
        sent = threading.Event()

        def send():
            for number in range(count):
                source = HELLO.replace("hello", f"hello {number}")
                while True:
                    front = fronts[chance.randrange(len(fronts))]
                    status, body = post(front, {"source": source}, "?wait=false")
                    if status == 202:
                        with lock:
                            accepted.append((json.loads(body)["id"], f"hello {number}\n"))
                        break
                    assert status in (0, 429, 500, 503), (status, body)
                    time.sleep(0.1)
            sent.set()

        sender = threading.Thread(target=send)
        sender.start()
        for number in range(kills):
            share = count * (number + 1) // (kills + 1)
            wait_for("runs are accepted", lambda: len(accepted) >= share or sent.is_set(), 180)
            kind = ("worker", "front", "worker", "nats")[number % 4]
            if kind == "worker":
                self.kill(chance.choice(self.cluster.workers))
                self.cluster.add_worker()
            elif kind == "front":
                dead = chance.choice(self.cluster.fronts)
                self.cluster.drop(dead)
                dead.kill()
                fronts.remove(dead)
                fronts.append(self.cluster.add_front())
            else:
                self.cluster.kill_nats()
                self.cluster.start_nats()
        sender.join(300)
        assert len(accepted) == count
        front = self.cluster.fronts[0]
        bad = []
        for run, expected in accepted:
            result = outcome(front, run, 180)
            given_up = result["outcome"] == "sandbox_error" and "2 attempts" in result["message"]
            if not given_up and (result["outcome"], result["stdout"]) != ("ok", expected):
                bad.append(result)
        assert not bad, bad[:2]
        client = self.cluster.client()
        try:
            results = client.ask("$JS.API.STREAM.INFO.GOBOX_RESULTS", subjects_filter="gobox.results.>")["state"]["subjects"]
            for run, _ in accepted:
                assert results.get(f"gobox.results._.{run}") == 1, run
            wait_for("the queue is empty",
                     lambda: client.ask("$JS.API.STREAM.INFO.GOBOX_RUNS")["state"]["messages"] == 0, 60)
        finally:
            client.close()

    def stream_deleted(self):
        front = self.cluster.fronts[0]
        answers = []
        waiting = threading.Thread(target=lambda: answers.append(post(front, {"source": SLEEP % 3000})))
        run = start(front, {"source": SLEEP % 3000})
        waiting.start()
        wait_for("they run", lambda: state(front, run).get("stage") == "run")
        client = self.cluster.client()
        client.ask("$JS.API.STREAM.DELETE.GOBOX_RUNS")
        client.close()
        status, _ = post(front, {"source": HELLO}, "?wait=false")
        assert status == 503, status
        waiting.join(60)
        assert answers and answers[0][0] == 200, answers
        assert json.loads(answers[0][1])["outcome"] in ("ok", "sandbox_error"), answers
        assert outcome(front, run)["outcome"] in ("ok", "sandbox_error")
        self.cluster.init()
        wait_for("runs are taken again", lambda: post(front, {"source": HELLO})[0] == 200, 60)


def quoted(text):
    import urllib.parse
    return urllib.parse.quote_plus(text).encode()


def without_sandbox(body):
    try:
        answer = json.loads(body)
    except ValueError:
        return body
    answer.pop("Sandbox", None)
    for event in answer.get("Events") or []:
        event["Delay"] = 0
    return answer


def frames(body):
    """Server-sent events as dictionaries."""
    found = []
    for frame in body.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in frame.split("\n") if ": " in line and not line.startswith(":"))
        if "event" in fields:
            found.append(fields)
    return found


SUITES = [Answers, Deaths]
