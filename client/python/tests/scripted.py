# SPDX-License-Identifier: Apache-2.0
"""A server that answers what it is told, one call after the other, and the last answer for ever."""

import http.server
import json
import threading
import unittest

import gobox_client

OK_RESULT = {"id": "r", "outcome": "ok", "stdout": "hello\n", "stdout_encoding": "utf-8", "artifacts": []}


def refuse(status, after=None, detail="because"):
    problem = {"type": "about:blank", "title": "T", "status": status, "detail": detail, "pointer": "/p"}
    headers = {"Content-Type": "application/problem+json", **({"Retry-After": after} if after else {})}
    return status, headers, json.dumps(problem).encode()


def answer(value):
    return 200, {"Content-Type": "application/json"}, json.dumps(value).encode()


def stream(*frames):
    """Then the connection breaks off."""
    return 200, {"Content-Type": "text/event-stream", "Content-Length": "1000000"}, "".join(frames).encode()


def frame(number, kind, data):
    return f"id: {number}\nevent: {kind}\ndata: {json.dumps(data)}\n\n"


HANG_UP = None


class Request:
    def __init__(self, handler, body):
        self.method, self.target, self.headers, self.body = handler.command, handler.path, handler.headers, body


class _Handler(http.server.BaseHTTPRequestHandler):
    def _serve(self):
        script = self.server.script
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with script.lock:
            number = len(script.requests)
            script.requests.append(Request(self, body))
        given = script.answers[min(number, len(script.answers) - 1)]
        if callable(given):
            given = given(script.requests[number])
        self.close_connection = True
        if given is HANG_UP:
            return
        status, headers, text = given
        self.send_response(status)
        for name, value in {"Content-Length": str(len(text)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)
        self.wfile.flush()
        if "X-Hang" in headers:
            script.release.wait(30)

    do_GET = do_POST = do_DELETE = _serve

    def log_message(self, *_):
        pass


class Script(unittest.TestCase):
    """A case whose `against` makes a client of a scripted server. `slept` is how long it would have waited."""

    def against(self, *answers, **settings):
        self.answers, self.requests, self.slept = answers, [], []
        self.lock, self.release = threading.Lock(), threading.Event()
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        server.script = self
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()

        def end():
            self.release.set()
            server.shutdown()
            thread.join()
            server.server_close()

        self.addCleanup(end)
        client = gobox_client.Client("http://127.0.0.1:%d" % server.server_address[1], **settings)
        client._transport.sleep = self.slept.append
        return client
