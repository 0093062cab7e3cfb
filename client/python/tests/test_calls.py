# SPDX-License-Identifier: Apache-2.0
import json
import unittest

import gobox_client
from gobox_client.errors import BY_STATUS, read_retry_after
from tests.scripted import HANG_UP, OK_RESULT, Script, answer, refuse


class Calls(Script):
    def test_refusals_that_pass_are_tried_again_after_as_long_as_the_server_says(self):
        client = self.against(refuse(429, "3"), refuse(503), answer(OK_RESULT), token="secret")
        self.assertEqual(client.run(source="package main")["outcome"], "ok")
        self.assertEqual(len(self.slept), 2)
        self.assertTrue(3 <= self.slept[0] < 4 and self.slept[1] < 1, self.slept)
        for request in self.requests:
            self.assertEqual(json.loads(request.body), {"source": "package main"})
            self.assertEqual(request.headers["Authorization"], "Bearer secret")

    def test_patience_ends(self):
        for settings, after, timeout, calls in (
                ({"retries": 2}, "1", None, 3), ({"retries": 0}, "1", None, 1), ({"patience": 1.0}, "2", None, 1),
                ({"patience": 999.0}, "120", 60.0, 1)):
            client = self.against(refuse(429, after), **settings)
            with self.assertRaises(gobox_client.QueueFull) as caught:
                client.run(source="x", timeout=timeout)
            self.assertEqual(caught.exception.retry_after, float(after))
            self.assertEqual(len(self.requests), calls, settings)

    def test_other_refusals_are_errors_at_once(self):
        for status, kind in BY_STATUS.items():
            if status in (429, 503):
                continue
            client = self.against(refuse(status))
            with self.assertRaises(kind) as caught:
                client.run(source="x")
            self.assertIsInstance(caught.exception, gobox_client.GoboxError)
            self.assertEqual((caught.exception.status, caught.exception.pointer, caught.exception.detail),
                             (status, "/p", "because"))
            self.assertEqual(len(self.requests), 1)

    def test_what_a_proxy_in_between_answers_is_an_error_too(self):
        client = self.against((502, {"Content-Type": "text/html"}, b"<h1>Bad Gateway</h1>"))
        with self.assertRaisesRegex(gobox_client.Refused, "502 Bad Gateway: <h1>Bad Gateway</h1>"):
            client.ready()
        with self.assertRaises(gobox_client.Disconnected):
            self.against((200, {}, b"<html>")).toolchains()

    def test_retry_after_is_seconds_or_a_date(self):
        for text, seconds in (("", 0), (None, 0), ("7", 7), ("-7", 0), ("soon", 0), ("\u00b2", 0),
                              ("Fri, 02 Jan 2026 03:05:05 GMT", 60), ("Fri, 02 Jan 2026 03:03:05 GMT", 0)):
            self.assertEqual(read_retry_after(text, now=1767323045.0), seconds, text)

    def test_a_broken_connection_is_made_again_where_nothing_is_done_twice(self):
        client = self.against(HANG_UP, answer(OK_RESULT))
        with self.assertRaises(gobox_client.Disconnected):
            client.run(source="x")
        self.assertEqual(len(self.requests), 1)
        client = self.against(HANG_UP, answer(OK_RESULT))
        self.assertEqual(client.get("r")["outcome"], "ok")
        self.assertEqual(len(self.requests), 2)

    def test_where_nobody_listens_even_a_run_is_tried_again(self):
        client = gobox_client.Client("http://127.0.0.1:1", retries=2)
        slept = []
        client._transport.sleep = slept.append
        with self.assertRaises(gobox_client.Disconnected):
            client.run(source="x")
        self.assertEqual(len(slept), 2)

    def test_an_answer_is_read_up_to_its_bound(self):
        size = len(json.dumps(OK_RESULT))
        self.assertEqual(self.against(answer(OK_RESULT), answer_limit=size).run(source="x")["id"], "r")
        with self.assertRaises(gobox_client.Disconnected):
            self.against(answer(OK_RESULT), answer_limit=size - 1).run(source="x")

    def test_a_call_ends_with_its_time(self):
        client = self.against((200, {"X-Hang": "1", "Content-Length": "10"}, b"{"))
        with self.assertRaises(TimeoutError):
            client.run(source="x", timeout=0.2)

    def test_addresses_of_servers(self):
        for address in ("127.0.0.1:8080", "", "ftp://example.com", "http://", "http://a/?b"):
            with self.assertRaises(ValueError, msg=address):
                gobox_client.Client(address)
        gobox_client.Client("https://example.com/sandbox/")

    def test_requests_as_the_server_reads_them(self):
        client = self.against(answer(OK_RESULT))
        client.run(files={"a.go": "package a", "b.txt": "text \u2028".encode(), "c.bin": b"\0\xff"}, stdin=b"\xff",
                   grace_ms=0)
        self.assertEqual(json.loads(self.requests[0].body), {
            "files": {"a.go": "package a", "b.txt": "text \u2028", "c.bin": {"base64": "AP8="}},
            "stdin": "/w==", "stdin_encoding": "base64", "grace_ms": 0})

    def test_ids_cannot_leave_their_place(self):
        client = self.against(answer(OK_RESULT))
        client.get("a/../b?c")
        self.assertEqual(self.requests[0].target, "/v1/runs/a%2F..%2Fb%3Fc")


class Input(Script):
    def test_waits_for_a_program_that_does_not_read(self):
        def took(number, is_open=True):
            return answer({"accepted_bytes": number, "open": is_open})

        client = self.against(took(3), took(0), took(2), took(0, False))
        with client.stdin("r") as stdin:
            self.assertEqual(stdin.write(b"hello"), 5)
        self.assertEqual([request.body for request in self.requests], [b"hello", b"lo", b"lo", b""])
        self.assertEqual(self.requests[3].target, "/v1/runs/r/stdin?eof=true")
        self.assertEqual(len(self.slept), 1)
        with self.assertRaises(ValueError):
            stdin.write(b"more")

    def test_of_a_run_that_has_ended_is_closed_already(self):
        with self.against(refuse(404)).stdin("r") as stdin:
            with self.assertRaises(gobox_client.NotFound):
                stdin.write(b"late")


if __name__ == "__main__":
    unittest.main()
