# SPDX-License-Identifier: Apache-2.0
"""Client: the calls of sandbox-api."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import os
import posixpath
import ssl
import time
import urllib.parse
from typing import IO, Any, Dict, Iterator, List, Mapping, Optional, Union, cast

from .errors import Conflict, Disconnected, NotFound, Refused, Unavailable
from .events import Event, decode, follow
from .transport import FIRST_BACKOFF, Answer, Deadline, Transport
from .trees import Form, Tree
from .types import Modules, Policy, Result, RunState, Toolchain, Worker

DEFAULT_ANSWER_LIMIT = 256 << 20
DEFAULT_SILENCE = 45.0
MOST_INPUT = 64 << 10
PIECE = 64 << 10
FIRST_PAUSE, MOST_PAUSE = 0.02, 1.0


def stdout_bytes(result: Result) -> bytes:
    """What the program wrote, byte for byte."""
    return decode(result["stdout"], result["stdout_encoding"])


def stderr_bytes(result: Result) -> bytes:
    """What the program wrote, byte for byte."""
    return decode(result["stderr"], result["stderr_encoding"])


def _path(run: str) -> str:
    return "/v1/runs/" + urllib.parse.quote(run, safe="")


def _file(content: Union[str, bytes, Mapping[str, str]]) -> Union[str, Mapping[str, str]]:
    if not isinstance(content, bytes):
        return content
    try:
        return content.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode()}


def _body(request: Mapping[str, Any]) -> bytes:
    """The request as the server reads it: bytes that are no text travel as base64."""
    fields = dict(request)
    if isinstance(fields.get("stdin"), bytes):
        coded = _file(fields["stdin"])
        plain = isinstance(coded, str)
        fields["stdin"] = coded if plain else cast(Mapping[str, str], coded)["base64"]
        fields["stdin_encoding"] = "utf-8" if plain else "base64"
    if isinstance(fields.get("files"), Mapping):
        fields["files"] = {name: _file(content) for name, content in fields["files"].items()}
    return json.dumps(fields, ensure_ascii=False).encode()


class Client:
    """Calls one server. May be used by several threads at once: every call has a connection of its own.

    Refusals that pass (429, 503) are tried again at most `retries` times, where the server asks to wait no longer than
    `patience` seconds; so are connections that fail, where nothing was asked for that a second call would do twice.

    A `timeout` is the seconds a call may take in all, waiting included; then TimeoutError is raised. None: no end.
    """

    def __init__(self, address: str, *, token: Optional[str] = None, retries: int = 5, patience: float = 30.0,
                 connect_timeout: float = 10.0, silence: float = DEFAULT_SILENCE,
                 answer_limit: int = DEFAULT_ANSWER_LIMIT, tls: Optional[ssl.SSLContext] = None) -> None:
        self._transport = Transport(address, token, retries, patience, connect_timeout, tls)
        self._silence = silence
        self._answer_limit = answer_limit

    # --- runs

    def run(self, *, tree: Optional[Tree] = None, timeout: Optional[float] = None, **request: Any) -> Result:
        """Compiles and runs a program, and returns when it has ended. The fields are those of RunRequest:
        run(source="package main...", limits={"run": {"memory_bytes": 64 << 20}}). When the call is given up, by
        timeout or by an exception, so is the run."""
        return cast(Result, self._submit(request, tree, {}, timeout))

    def start(self, *, tree: Optional[Tree] = None, timeout: Optional[float] = None, **request: Any) -> RunState:
        """Asks for a run and returns at once. The run goes on whatever becomes of the connection; wait, events and
        get find it by its id, and cancel ends it."""
        return cast(RunState, self._submit(request, tree, {"wait": "false"}, timeout))

    def _submit(self, request: Mapping[str, Any], tree: Optional[Tree], query: Dict[str, str],
                timeout: Optional[float]) -> Any:
        deadline = Deadline(timeout)
        body = _body(request)
        if tree is None:
            return self._json("POST", "/v1/runs", deadline, query=query, body=body, size=len(body),
                              kind="application/json")
        taken = {"source", "files", "txtar"} & set(request)
        if taken:
            raise ValueError(f"a request with a tree has no {', '.join(sorted(taken))}")
        form = Form(body, tree)
        try:
            return self._json("POST", "/v1/runs", deadline, query=query, body=form.open, size=form.size, kind=form.kind)
        finally:
            form.close()

    def get(self, run: str, *, timeout: Optional[float] = None) -> Union[Result, RunState]:
        """The result of a run that has ended (it has an "outcome"), or else its state."""
        return cast(Union[Result, RunState], self._json("GET", _path(run), Deadline(timeout)))

    def wait(self, run: str, *, timeout: Optional[float] = None) -> Result:
        """The result of a run as soon as there is one. The run goes on when the call is given up."""
        for event in self.events(run, timeout=timeout):
            if event.kind == "result":
                return cast(Result, event.data)
        raise Disconnected("the events of a run ended without its result")

    def cancel(self, run: str, *, timeout: Optional[float] = None) -> None:
        """Ends a run; its outcome becomes "canceled". A run that has ended stays as it is."""
        self._json("DELETE", _path(run), Deadline(timeout))

    def runs(self, state: Optional[str] = None, *, timeout: Optional[float] = None) -> List[RunState]:
        """The caller's own runs: all, or those that are queued, running or finished."""
        query = {"state": state} if state else {}
        return cast(List[RunState], self._json("GET", "/v1/runs", Deadline(timeout), query=query)["runs"])

    def events(self, run: str, *, after: int = 0, omit_output: bool = False,
               timeout: Optional[float] = None) -> Iterator[Event]:
        """What happens to a run, as it happens, from the event behind `after` to the result. A connection that breaks
        is made again. omit_output leaves stdout and stderr out of the result, which has them as events."""
        query = {"omit": "stdout,stderr"} if omit_output else {}
        return follow(self._transport, _path(run) + "/events", query, after, Deadline(timeout), self._silence,
                      self._answer_limit)

    # --- standard input

    def feed(self, run: str, data: bytes, *, eof: bool = False, timeout: Optional[float] = None) -> int:
        """Sends a run that was started with stdin_open=True more of its input, and with eof the end of it. Returns how
        many bytes were taken: less than all where the program has not read what waits; the input stays open then."""
        query = {"eof": "true"} if eof else {}
        answer = self._json("POST", _path(run) + "/stdin", Deadline(timeout), query=query, body=data, size=len(data),
                            kind="application/octet-stream")
        return int(answer["accepted_bytes"])

    def stdin(self, run: str, *, timeout: Optional[float] = None) -> Stdin:
        """The input of such a run, to write to; `timeout` is for all of it."""
        return Stdin(self, run, Deadline(timeout))

    # --- artifacts

    def artifact(self, run: str, name: str, *, timeout: Optional[float] = None) -> Answer:
        """Opens a file that a run left and its request asked for; read `.response`, and close it."""
        return self._transport.call("GET", f"{_path(run)}/artifacts/{urllib.parse.quote(name)}", Deadline(timeout))

    def save_artifacts(self, result: Result, directory: Union[str, os.PathLike[str]], *,
                       timeout: Optional[float] = None) -> List[str]:
        """Writes all files of a result below a directory, which it makes, and returns their paths. Nothing is written
        outside of it, and nothing over what is there. What differs from the result's size or SHA-256 is not kept."""
        deadline = Deadline(timeout)
        saved = []
        for artifact in result["artifacts"]:
            name = artifact["name"]
            if not stays(name):
                raise ValueError(f"the name of the artifact {name!r} leaves the directory")
            target = os.path.join(directory, *name.split("/"))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "xb") as file:
                try:
                    self._copy(result["id"], name, artifact["bytes"], artifact["sha256"], file, deadline)
                except BaseException:
                    os.unlink(target)
                    raise
            saved.append(target)
        return saved

    def _copy(self, run: str, name: str, size: int, sha256: str, to: IO[bytes], deadline: Deadline) -> None:
        digest, left = hashlib.sha256(), size
        with self.artifact(run, name, timeout=deadline.left()) as answer:
            while True:
                answer.set_timeout(deadline.left())
                try:
                    piece = answer.response.read(min(PIECE, left + 1))
                except (OSError, http.client.HTTPException) as error:
                    raise Disconnected(f"the artifact {name!r}: {error!r}") from error
                if not piece:
                    break
                left -= len(piece)
                if left < 0:
                    break
                digest.update(piece)
                to.write(piece)
        if left != 0:
            raise ValueError(f"the artifact {name!r} has another size than the {size} bytes the result says")
        if digest.hexdigest() != sha256:
            raise ValueError(f"the artifact {name!r} has the SHA-256 {digest.hexdigest()}, the result says {sha256}")

    # --- the server

    def toolchains(self, *, timeout: Optional[float] = None) -> List[Toolchain]:
        """The Go toolchains there are, the default first."""
        return cast(List[Toolchain], self._json("GET", "/v1/toolchains", Deadline(timeout))["toolchains"])

    def policies(self, *, timeout: Optional[float] = None) -> List[Policy]:
        """What runs get, and what they may ask for."""
        return cast(List[Policy], self._json("GET", "/v1/policies", Deadline(timeout))["policies"])

    def modules(self, *, timeout: Optional[float] = None) -> Modules:
        """What is kept of other people's modules."""
        return cast(Modules, self._json("GET", "/v1/modules", Deadline(timeout)))

    def workers(self, *, timeout: Optional[float] = None) -> List[Worker]:
        """What takes runs off the queue of a front end; a server that runs everything itself has none."""
        return cast(List[Worker], self._json("GET", "/v1/workers", Deadline(timeout))["workers"])

    def ready(self, *, timeout: Optional[float] = None) -> None:
        """Raises what stands against taking runs. Asks once."""
        self._json("GET", "/readyz", Deadline(timeout), once=True)

    def wait_ready(self, *, timeout: Optional[float] = None) -> None:
        """Asks until the server takes runs; when the time is over, raises what stands against it."""
        deadline = Deadline(timeout)
        while True:
            try:
                return self.ready(timeout=deadline.left())
            except (Unavailable, Disconnected):
                if deadline.passes(FIRST_BACKOFF):
                    raise
            time.sleep(FIRST_BACKOFF)

    def _json(self, method: str, path: str, deadline: Deadline, **call: Any) -> Any:
        with self._transport.call(method, path, deadline, **call) as answer:
            pieces: List[bytes] = []
            left = self._answer_limit
            while True:
                answer.set_timeout(deadline.left())
                try:
                    piece = answer.response.read(PIECE)
                except (OSError, http.client.HTTPException) as error:
                    deadline.left()
                    raise Disconnected(f"{method} {path}: {error!r}") from error
                if not piece:
                    break
                left -= len(piece)
                if left < 0:
                    raise Disconnected(f"{method} {path}: the answer is longer than {self._answer_limit} bytes")
                pieces.append(piece)
        try:
            return json.loads(b"".join(pieces))
        except ValueError as error:
            raise Disconnected(f"the answer to {method} {path}: {error}") from error


def stays(name: str) -> bool:
    """Whether a name of the server's stays below the directory it is joined to."""
    if not name or name == "." or posixpath.normpath(name) != name or posixpath.isabs(name):
        return False
    if name == ".." or name.startswith("../"):
        return False
    return os.sep == "/" or not any(c in name for c in "\\:")


class Stdin:
    """The standard input of a run. write returns when all has been taken, and waits for a program that does not read;
    NotFound says that the run has ended. close, or leaving the `with` block, ends the input."""

    def __init__(self, client: Client, run: str, deadline: Deadline) -> None:
        self._client = client
        self._run = run
        self._deadline = deadline
        self._closed = False

    def write(self, data: bytes) -> int:
        if self._closed:
            raise ValueError("the input is closed")
        sent, pause = 0, FIRST_PAUSE
        while sent < len(data):
            taken = self._client.feed(self._run, data[sent:sent + MOST_INPUT], timeout=self._deadline.left())
            sent += taken
            if taken:
                pause = FIRST_PAUSE
                continue
            self._client._transport.sleep(cast(float, self._deadline.left(pause)))
            pause = min(MOST_PAUSE, pause * 2)
        return sent

    def close(self) -> None:
        """That of a run that has ended is closed already."""
        if self._closed:
            return
        self._closed = True
        try:
            self._client.feed(self._run, b"", eof=True, timeout=self._deadline.left())
        except (Conflict, NotFound):
            pass

    def __enter__(self) -> Stdin:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


__all__ = ["Client", "Refused", "Stdin", "stderr_bytes", "stdout_bytes"]
