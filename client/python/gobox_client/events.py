# SPDX-License-Identifier: Apache-2.0
"""Server-sent events (the WHATWG HTML standard), and what the server tells by them."""

from __future__ import annotations

import base64
import http.client
import json
from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterator, Optional

from .errors import Disconnected
from .transport import Answer, Deadline, Transport, backoff


@dataclass(frozen=True)
class Event:
    """One thing that happened to a run. `kind` is stage, stdout, stderr, usage, test or result, the last; a newer
    server may know more. `data` is its JSON; docs/api.md has the keys."""

    id: int
    kind: str
    data: Any

    def bytes(self) -> bytes:
        """What was written, of stdout and stderr."""
        return decode(self.data["text"], self.data["encoding"])


def decode(text: Optional[str], encoding: str) -> bytes:
    if text is None:
        return b""
    return base64.b64decode(text) if encoding == "base64" else text.encode()


class TooLong(Disconnected):
    """An event is longer than an answer may be."""


class _Lost(Exception):
    pass


def read_messages(answer: Answer, limit: int, before_read: Callable[[], None]) -> Iterator[Dict[str, str]]:
    """The messages that are complete: what a broken connection cut off is none."""
    message: Dict[str, str] = {}
    left = limit
    while True:
        before_read()
        try:
            line = answer.response.readline(left + 1)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _Lost(repr(error)) from error
        if len(line) > left:
            raise TooLong(f"an event is longer than {limit} bytes")
        if not line.endswith(b"\n"):
            raise _Lost("it broke off")
        line = line.rstrip(b"\n").rstrip(b"\r")
        if not line:
            if "data" in message:
                yield message
            message, left = {}, limit
            continue
        left -= len(line)
        field, _, value = line.decode(errors="replace").partition(":")
        value = value[1:] if value.startswith(" ") else value
        if field == "data" and "data" in message:
            value = message["data"] + "\n" + value
        message[field] = value


def _read_event(message: Dict[str, str], after: int) -> Optional[Event]:
    number = message.get("id", "")
    if not (number.isascii() and number.isdigit()) or int(number) <= after:
        return None  # nothing of ours, or known already
    kind = message.get("event", "")
    try:
        return Event(int(number), kind, json.loads(message["data"]))
    except ValueError as error:
        raise Disconnected(f"event {number}, {kind}: {error}") from error


def follow(transport: Transport, path: str, query: Dict[str, str], after: int, deadline: Deadline, silence: float,
           limit: int) -> Iterator[Event]:
    """All events behind `after`. A connection that breaks, or is silent for so long, is made again behind the last."""
    failures = 0
    while True:
        headers = {"Accept": "text/event-stream"}
        if after:
            headers["Last-Event-ID"] = str(after)
        with transport.call("GET", path, deadline, query=query, headers=headers) as answer:
            try:
                for message in read_messages(answer, limit, lambda: answer.set_timeout(deadline.left(silence))):
                    event = _read_event(message, after)
                    if event is None:
                        continue
                    after, failures = event.id, 0
                    yield event
                    if event.kind == "result":
                        return
            except _Lost as lost:
                deadline.left()
                wait = backoff(failures)
                if failures >= transport.retries or deadline.passes(wait):
                    raise Disconnected(f"the events of a run ended without its result: {lost}") from lost
        failures += 1
        transport.sleep(wait)
