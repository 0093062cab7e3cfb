# SPDX-License-Identifier: Apache-2.0
"""A small client of NATS: as much of the protocol as tests need to look at streams, and to break them.

Not thread-safe. Facts: docs.nats.io, "Client Protocol" and "JetStream wire API".
"""

import json
import socket
import time


class Nats:
    def __init__(self, port, host="127.0.0.1", timeout=5.0):
        self.socket = socket.create_connection((host, port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.timeout = timeout
        self.count = 0
        self._line()  # INFO
        options = {"verbose": False, "headers": True, "no_responders": True, "name": "tests"}
        self._send(b"CONNECT " + json.dumps(options).encode() + b"\r\nPING\r\n")
        while self._line() != b"PONG":
            pass

    def close(self):
        self.socket.close()

    def publish(self, subject, data=b"", reply=""):
        self._send(f"PUB {subject} {reply} {len(data)}\r\n".encode() + data + b"\r\n")

    def subscribe(self, subject):
        self.count += 1
        self._send(f"SUB {subject} {self.count}\r\n".encode())
        return self.count

    def request(self, subject, data=b"", timeout=None):
        """The answer as (headers, data); raises TimeoutError."""
        inbox = f"_INBOX.tests.{id(self)}.{self.count}"
        number = self.subscribe(inbox)
        self._send(f"UNSUB {number} 1\r\n".encode())
        self.publish(subject, data, inbox)
        return self.next_message(timeout)

    def ask(self, subject, **body):
        """A call of the JetStream API, answered with JSON."""
        return json.loads(self.request(subject, json.dumps(body).encode() if body else b"")[1])

    def next_message(self, timeout=None):
        deadline = time.monotonic() + (timeout or self.timeout)
        while True:
            self.socket.settimeout(max(0.001, deadline - time.monotonic()))
            line = self._line()
            words = line.decode().split()
            if words[0] == "PING":
                self._send(b"PONG\r\n")
            elif words[0] == "MSG":
                return b"", self._bytes(int(words[-1]))
            elif words[0] == "HMSG":
                whole = self._bytes(int(words[-1]))
                return whole[: int(words[-2])], whole[int(words[-2]) :]
            elif words[0] == "-ERR":
                raise RuntimeError(line.decode())

    def _send(self, data):
        self.socket.sendall(data)

    def _more(self):
        got = self.socket.recv(1 << 16)
        if not got:
            raise ConnectionError("nats-server closed the connection")
        self.buffer += got

    def _line(self):
        while b"\r\n" not in self.buffer:
            self._more()
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def _bytes(self, size):
        while len(self.buffer) < size + 2:
            self._more()
        data, self.buffer = self.buffer[:size], self.buffer[size + 2 :]
        return data
