# SPDX-License-Identifier: Apache-2.0
"""Against a real server: GOBOX_SERVER is its address. GOBOX_NARROW_SERVER is another one that runs one program at a
time, lets one wait, and wants GOBOX_TOKEN. tests/clients starts both."""

import os
import pathlib
import socket
import tempfile
import threading
import time
import unittest
import urllib.parse

import gobox_client

SOON = 120.0


def program(body, *imports):
    return "package main\n" + "".join(f'import "{each}"\n' for each in imports) + "func main() {\n" + body + "\n}\n"


FOREVER = {"source": program("println(1); time.Sleep(time.Hour)", "time")}
TESTS = {"go.mod": "module m\n",
         "a_test.go": 'package m\nimport "testing"\nfunc TestA(t *testing.T) {}\nfunc TestB(t *testing.T) { t.Skip() }\n'}


def server_at(variable, **settings):
    if not os.environ.get(variable):
        raise unittest.SkipTest(variable + " is not set")
    return gobox_client.Client(os.environ[variable], **settings)


class Breaking:
    """Passes bytes on to a server, and cuts the first connection after so many of the server's bytes, the second after
    twice as many, and so on: however large an event is, it comes through."""

    def __init__(self, address, after):
        self.target, self.after, self.connections = urllib.parse.urlsplit(address), after, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                near = self.listener.accept()[0]
            except OSError:
                return
            self.connections += 1
            most = self.after * self.connections
            threading.Thread(target=self.pass_on, args=(near, most), daemon=True).start()

    def pass_on(self, near, left):
        with near, socket.create_connection((self.target.hostname, self.target.port)) as far:
            far.sendall(near.recv(65536))  # a request without a body
            while left > 0:
                piece = far.recv(min(left, 4096))
                if not piece:
                    return
                near.sendall(piece)
                left -= len(piece)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class Wide(unittest.TestCase):
    def setUp(self):
        self.client = server_at("GOBOX_SERVER")

    def test_says_how_each_program_ended(self):
        small, short = {"run": {"memory_bytes": 32 << 20}}, {"run": {"wall_ms": 500}}
        for outcome, stage, request in (
                ("ok", "run", {"source": program("println(1)")}),
                ("compile_error", "compile", {"source": program("x")}),
                ("exited", "run", {"source": program("os.Exit(3)", "os")}),
                ("oom", "run", {"limits": small, "source": program(
                    "for b := []byte{}; ; b = append(b, make([]byte, 1<<20)...) {}")}),
                ("timeout", "run", {"limits": short, "grace_ms": 0, "source": program("for {}")}),
                ("ok", "test", {"kind": "test", "files": TESTS})):
            with self.subTest(outcome=outcome, stage=stage):
                result = self.client.run(timeout=SOON, **request)
                self.assertEqual((result["outcome"], result["stage"]), (outcome, stage), result["message"])

    def test_gives_bytes_as_they_were(self):
        text = program('io.Copy(os.Stdout, os.Stdin); os.Stderr.WriteString(os.Args[1]); os.Exit(7)', "io", "os")
        result = self.client.run(source=text, args=["<&>\u2028"], stdin=b"\0\xfe\xff\n", timeout=SOON)
        self.assertEqual(gobox_client.stdout_bytes(result), b"\0\xfe\xff\n")
        self.assertEqual(gobox_client.stderr_bytes(result), "<&>\u2028".encode())
        self.assertEqual(result["exit_code"], 7)

    def test_names_the_field_that_is_wrong(self):
        with self.assertRaises(gobox_client.Invalid) as caught:
            self.client.run(source="package main", policy="missing", timeout=SOON)
        self.assertEqual(caught.exception.pointer, "/policy")
        with self.assertRaises(gobox_client.NotFound):
            self.client.get("missing", timeout=SOON)

    def test_cancels_runs(self):
        run = self.client.start(timeout=SOON, **FOREVER)["id"]
        self.assertIn(self.client.get(run, timeout=SOON)["state"], ("queued", "running"))
        self.client.cancel(run, timeout=SOON)
        self.assertEqual(self.client.wait(run, timeout=SOON)["outcome"], "canceled")
        self.assertEqual(self.client.get(run, timeout=SOON)["outcome"], "canceled")
        self.client.cancel(run, timeout=SOON)

    def test_tells_events_in_order(self):
        text = program('print("err"); os.Stdout.Write([]byte{255}); time.Sleep(300*time.Millisecond)', "os", "time")
        run = self.client.start(source=text, timeout=SOON)["id"]
        events = list(self.client.events(run, omit_output=True, timeout=SOON))
        self.assertEqual([event.id for event in events], list(range(1, len(events) + 1)))
        kinds = [event.kind for event in events]
        self.assertEqual((kinds.count("stage"), kinds.count("result"), kinds[-1]), (4, 1, "result"))
        self.assertGreaterEqual(kinds.count("usage"), 2)
        self.assertEqual(b"".join(event.bytes() for event in events if event.kind == "stdout"), b"\xff")
        self.assertEqual(b"".join(event.bytes() for event in events if event.kind == "stderr"), b"err")
        self.assertIsNone(events[-1].data["stdout"])
        self.assertEqual(gobox_client.stdout_bytes(events[-1].data), b"")

    def test_tells_of_each_test(self):
        run = self.client.start(kind="test", files=TESTS, timeout=SOON)["id"]
        events = list(self.client.events(run, timeout=SOON))
        seen = {(event.data["action"], event.data["test"]) for event in events if event.kind == "test"}
        self.assertLessEqual({("pass", "TestA"), ("skip", "TestB")}, seen)
        self.assertEqual([each["outcome"] for each in events[-1].data["tests"][0]["tests"]], ["pass", "skip"])

    def test_goes_on_where_a_stream_broke(self):
        text = program("for i := 0; i < 200; i++ { fmt.Println(i); time.Sleep(time.Millisecond) }", "fmt", "time")
        run = self.client.start(source=text, timeout=SOON)["id"]
        self.client.wait(run, timeout=SOON)
        proxy = Breaking(os.environ["GOBOX_SERVER"], 1500)
        self.addCleanup(proxy.close)
        client = gobox_client.Client(proxy.url, retries=20)
        client._transport.sleep = lambda _: None
        printed = b"".join(event.bytes() for event in client.events(run, omit_output=True, timeout=SOON)
                           if event.kind == "stdout")
        self.assertEqual(printed.decode(), "".join(f"{i}\n" for i in range(200)))
        self.assertGreaterEqual(proxy.connections, 3)

    def test_takes_input_while_it_runs(self):
        text = program("time.Sleep(200*time.Millisecond); io.Copy(os.Stdout, os.Stdin)", "io", "os", "time")
        run = self.client.start(source=text, stdin="first ", stdin_open=True, timeout=SOON)["id"]
        data = b"0123456789abcdef" * 20_000
        with self.client.stdin(run, timeout=SOON) as stdin:
            stdin.write(data)
        result = self.client.wait(run, timeout=SOON)
        self.assertEqual(result["outcome"], "ok", result["message"])
        self.assertEqual(gobox_client.stdout_bytes(result), b"first " + data)
        with self.assertRaises(gobox_client.NotFound):
            self.client.feed(run, b"late", timeout=SOON)

    def test_says_what_is_there(self):
        self.client.wait_ready(timeout=SOON)
        self.assertTrue(self.client.toolchains(timeout=SOON)[0]["default"])
        self.assertGreater(self.client.policies(timeout=SOON)[0]["limits"]["run"]["memory_bytes"], 0)
        self.assertEqual(self.client.workers(timeout=SOON), [])
        self.assertFalse(self.client.modules(timeout=SOON)["enabled"])

    def test_runs_a_tree(self):
        with tempfile.TemporaryDirectory() as name:
            root = pathlib.Path(name)
            for path, text in {"go.mod": b"module m\n", "data/x": b"\0\xff",
                               "data/x.go": b'package data\nimport _ "embed"\n//go:embed x\nvar X string\n',
                               "cmd/api/main.go": program("os.Stdout.WriteString(data.X)", "os", "m/data").encode(),
                               }.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_bytes(text)
            result = self.client.run(package="./cmd/api", tree=gobox_client.Tree(name), timeout=SOON)
            self.assertEqual(gobox_client.stdout_bytes(result), b"\0\xff", result["message"])
            run = self.client.start(package="./cmd/api", tree=gobox_client.Tree(name), timeout=SOON)["id"]
            self.assertEqual(self.client.wait(run, timeout=SOON)["outcome"], "ok")

    def test_hands_out_artifacts(self):
        text = program('os.MkdirAll("out/a b", 0o755); os.WriteFile("out/a b/x.bin", []byte{0, 255}, 0o644)', "os")
        result = self.client.run(source=text, artifacts=["out/**"], timeout=SOON)
        with tempfile.TemporaryDirectory() as directory:
            saved = self.client.save_artifacts(result, directory, timeout=SOON)
            self.assertEqual([pathlib.Path(path).read_bytes() for path in saved], [b"\0\xff"])
        with self.assertRaises(gobox_client.NotFound):
            self.client.artifact(result["id"], "missing", timeout=SOON)


class Narrow(unittest.TestCase):
    def setUp(self):
        self.client = server_at("GOBOX_NARROW_SERVER", token=os.environ.get("GOBOX_TOKEN"))

    def await_state(self, run, state):
        until = time.monotonic() + SOON
        while self.client.get(run, timeout=SOON).get("state") != state:
            self.assertLess(time.monotonic(), until)

    def await_empty(self):
        until = time.monotonic() + SOON
        while any(run["state"] != "finished" for run in self.client.runs(timeout=SOON)):
            self.assertLess(time.monotonic(), until)

    def test_ends_a_run_whose_caller_gives_up(self):
        with self.assertRaises(TimeoutError):
            self.client.run(timeout=2.0, **FOREVER)
        self.await_empty()

    def test_knows_its_callers_by_their_tokens(self):
        stranger = server_at("GOBOX_NARROW_SERVER", token="wrong")
        with self.assertRaises(gobox_client.Unauthorized):
            stranger.toolchains(timeout=SOON)
        stranger.ready(timeout=SOON)
        with self.assertRaises(gobox_client.Forbidden):
            self.client.run(source=program("println(1)"), policy="strict", timeout=SOON)

    def test_with_a_full_queue_takes_a_run_later(self):
        runs = [self.client.start(timeout=SOON, **FOREVER)["id"]]
        self.await_state(runs[0], "running")
        runs.append(self.client.start(timeout=SOON, **FOREVER)["id"])
        impatient = server_at("GOBOX_NARROW_SERVER", token=os.environ.get("GOBOX_TOKEN"), retries=0)
        with self.assertRaises(gobox_client.QueueFull) as caught:
            impatient.run(source=program("println(3)"), timeout=SOON)
        self.assertGreaterEqual(caught.exception.retry_after, 1)
        slept = []

        def make_room(seconds):
            slept.append(seconds)
            for run in runs:
                self.client.cancel(run, timeout=SOON)
            self.await_empty()

        patient = server_at("GOBOX_NARROW_SERVER", token=os.environ.get("GOBOX_TOKEN"))
        patient._transport.sleep = make_room
        self.assertEqual(patient.run(source=program("println(3)"), timeout=SOON)["stderr"], "3\n")
        self.assertEqual(len(slept), 1)
