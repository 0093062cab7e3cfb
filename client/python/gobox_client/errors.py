# SPDX-License-Identifier: Apache-2.0
"""What goes wrong with a call. How a program ends, a compile error included, never does."""

from __future__ import annotations

import email.utils
import json
import time
from typing import Optional, Type


class GoboxError(Exception):
    """Any error of this package."""


class Disconnected(GoboxError):
    """The connection failed, or an answer made no sense. Whether the call was heard is not known."""


class Refused(GoboxError):
    """The server said no (RFC 9457). `pointer` is the place in the request that is wrong, "" where it is none in
    particular; `retry_after` are the seconds the server asks to wait, 0 where it says nothing."""

    def __init__(self, status: int, title: str, detail: str, pointer: str, retry_after: float) -> None:
        super().__init__(f"{status} {title}: {detail}" if detail else f"{status} {title}")
        self.status = status
        self.title = title
        self.detail = detail
        self.pointer = pointer
        self.retry_after = retry_after


class Malformed(Refused):
    """400: not JSON, not HTTP."""


class Unauthorized(Refused):
    """401: no token, or an unknown one."""


class Forbidden(Refused):
    """403: the caller may not do that."""


class NotFound(Refused):
    """404: no such run, another caller's, or one whose result has expired."""


class Conflict(Refused):
    """409: the run is not in a state for that: its input is not open, or it has not ended and has no artifacts yet."""


class TooLarge(Refused):
    """413: the request is too large."""


class Invalid(Refused):
    """422: a field is unknown, of the wrong type or out of range."""


class QueueFull(Refused):
    """429: too many runs wait."""


class Unavailable(Refused):
    """503: shutting down, or unable to make a sandbox."""


BY_STATUS = {400: Malformed, 401: Unauthorized, 403: Forbidden, 404: NotFound, 409: Conflict, 413: TooLarge,
             422: Invalid, 429: QueueFull, 503: Unavailable}
MOST_DETAIL = 4096


def read_retry_after(text: Optional[str], now: Optional[float] = None) -> float:
    """Seconds or a date (RFC 9110, 10.2.3); 0 where it is neither."""
    if not text:
        return 0.0
    if text.isascii() and text.isdigit():
        return float(min(int(text[:12]), 2**31))
    try:
        date = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return 0.0
    return max(0.0, date.timestamp() - (time.time() if now is None else now))


def refusal(status: int, reason: str, kind: str, retry_after: Optional[str], body: bytes) -> Refused:
    """The error of an answer that is none: the server's, or whatever a proxy in between wrote."""
    title, detail, pointer = reason, body[:MOST_DETAIL].decode(errors="replace").strip(), ""
    if kind.startswith("application/problem+json"):
        try:
            problem = json.loads(body)
            title, detail, pointer = (str(problem.get(key, "")) for key in ("title", "detail", "pointer"))
        except (ValueError, AttributeError):
            pass
    of: Type[Refused] = BY_STATUS.get(status, Refused)
    return of(status, title, detail, pointer, read_retry_after(retry_after))
