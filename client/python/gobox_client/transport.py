# SPDX-License-Identifier: Apache-2.0
"""One HTTP call after the other, made again where that is right. Of the caller's thread; keeps no connection."""

from __future__ import annotations

import http.client
import random
import ssl
import time
import urllib.parse
from typing import IO, Callable, Dict, Mapping, Optional, Union

from .errors import Disconnected, Refused, refusal

FIRST_BACKOFF = 0.2
MOST_BACKOFF = 5.0
MOST_PROBLEM = 64 << 10
Body = Union[None, bytes, Callable[[], IO[bytes]]]


class Deadline:
    """A moment after which a call is given up; None: never."""

    def __init__(self, seconds: Optional[float]) -> None:
        self.at = None if seconds is None else time.monotonic() + seconds

    def left(self, at_most: Optional[float] = None) -> Optional[float]:
        """Seconds until then, or until at_most have passed. Raises TimeoutError when it is over."""
        if self.at is None:
            return at_most
        left = self.at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time that the caller gave is over")
        return left if at_most is None else min(left, at_most)

    def passes(self, seconds: float) -> bool:
        return self.at is not None and time.monotonic() + seconds >= self.at


def backoff(failures: int) -> float:
    return spread(min(MOST_BACKOFF, FIRST_BACKOFF * 2.0 ** min(failures, 10)))


def spread(seconds: float) -> float:
    """Up to a quarter more, so that those who were refused together do not come back together."""
    return seconds * (1 + random.random() / 4)


class Answer:
    """An answer whose body is still to be read. Close it: a context manager does."""

    def __init__(self, connection: http.client.HTTPConnection) -> None:
        self._connection = connection
        self._socket = connection.sock  # which the connection forgets where the other end will close it
        self.response = connection.getresponse()

    def set_timeout(self, seconds: Optional[float]) -> None:
        """Of each read from now on."""
        if not self.response.isclosed():  # as it is once it has been read to its end
            self._socket.settimeout(seconds)

    def close(self) -> None:
        self.response.close()
        self._connection.close()

    def __enter__(self) -> Answer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _NeverSent(Disconnected):
    """No connection was made, so that nothing can have been done."""


class Transport:
    def __init__(self, address: str, token: Optional[str], retries: int, patience: float, connect_timeout: float,
                 tls: Optional[ssl.SSLContext]) -> None:
        parts = urllib.parse.urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
            raise ValueError(f"{address!r} is not the address of a server, as http://127.0.0.1:8080 is")
        self._parts = parts
        self._host = parts.hostname
        self._base = parts.path.rstrip("/")
        self._token = token
        self._retries = retries
        self._patience = patience
        self._connect_timeout = connect_timeout
        self._tls = tls or (ssl.create_default_context() if parts.scheme == "https" else None)
        self.sleep: Callable[[float], None] = time.sleep

    @property
    def retries(self) -> int:
        return self._retries

    def call(self, method: str, path: str, deadline: Deadline, *, query: Optional[Mapping[str, str]] = None,
             headers: Optional[Mapping[str, str]] = None, body: Body = None, size: int = 0, kind: str = "",
             once: bool = False) -> Answer:
        """Makes a call until it is accepted, refused for good, or patience ends."""
        target = self._base + path + ("?" + urllib.parse.urlencode(query) if query else "")
        sent: Dict[str, str] = {"User-Agent": "gobox-client", **(headers or {})}
        if self._token:
            sent["Authorization"] = f"Bearer {self._token}"
        if body is not None:
            sent.update({"Content-Type": kind, "Content-Length": str(size)})
        attempt = 0
        while True:
            try:
                return self._try(method, target, deadline, sent, body)
            except (Refused, Disconnected) as error:
                wait = self._wait_after(error, method, attempt)
                if once or wait is None or deadline.passes(wait):
                    raise
            self.sleep(wait)
            attempt += 1

    def _wait_after(self, error: Union[Refused, Disconnected], method: str, attempt: int) -> Optional[float]:
        """None: the call is not to be made again."""
        if attempt >= self._retries:
            return None
        if isinstance(error, Refused):
            if error.status not in (429, 503) or error.retry_after > self._patience:
                return None
            return spread(error.retry_after) if error.retry_after else backoff(attempt)
        if method in ("GET", "DELETE") or isinstance(error, _NeverSent):
            return backoff(attempt)
        return None

    def _connect(self, deadline: Deadline) -> http.client.HTTPConnection:
        timeout = deadline.left(self._connect_timeout)
        connection: http.client.HTTPConnection
        if self._tls is not None:
            connection = http.client.HTTPSConnection(self._host, self._parts.port, timeout=timeout, context=self._tls)
        else:
            connection = http.client.HTTPConnection(self._host, self._parts.port, timeout=timeout)
        try:
            connection.connect()
        except OSError as error:
            connection.close()
            raise _NeverSent(f"{self._parts.netloc}: {error}") from error
        return connection

    def _try(self, method: str, target: str, deadline: Deadline, headers: Mapping[str, str], body: Body) -> Answer:
        connection = self._connect(deadline)
        stream, answer = None, None
        try:
            connection.sock.settimeout(deadline.left())
            stream = body() if callable(body) else None
            connection.request(method, target, body=stream if callable(body) else body, headers=dict(headers))
            given = Answer(connection)
            if not 200 <= given.response.status < 300:
                raise self._refusal(given)
            answer = given
            return answer
        except (OSError, http.client.HTTPException) as error:
            deadline.left()  # a timeout of the socket's is the caller's
            raise Disconnected(f"{method} {target}: {error!r}") from error
        finally:
            if answer is None:
                connection.close()
            if stream is not None:
                stream.close()

    @staticmethod
    def _refusal(answer: Answer) -> Refused:
        response = answer.response
        body = response.read(MOST_PROBLEM)
        return refusal(response.status, response.reason, response.headers.get("Content-Type", ""),
                       response.headers.get("Retry-After"), body)
