# SPDX-License-Identifier: Apache-2.0
"""Calls sandbox-api: compiles and runs Go programs that nobody trusts, and says exactly how they ended."""

from .client import Client, Stdin, stderr_bytes, stdout_bytes
from .errors import (Conflict, Disconnected, Forbidden, GoboxError, Invalid, Malformed, NotFound, QueueFull, Refused,
                     TooLarge, Unauthorized, Unavailable)
from .events import Event
from .trees import Tree
from .types import Result, RunRequest, RunState

__version__ = "0.1.0"

__all__ = [
    "Client", "Conflict", "Disconnected", "Event", "Forbidden", "GoboxError", "Invalid", "Malformed", "NotFound",
    "QueueFull", "Refused", "Result", "RunRequest", "RunState", "Stdin", "TooLarge", "Tree", "Unauthorized",
    "Unavailable", "stderr_bytes", "stdout_bytes",
]
