# SPDX-License-Identifier: Apache-2.0
"""A directory as a tar of gzip, within multipart/form-data."""

from __future__ import annotations

import fnmatch
import gzip
import os
import posixpath
import secrets
import stat
import tarfile
import tempfile
from dataclasses import dataclass, field
from typing import IO, Callable, Iterator, List, Optional, Tuple

DEFAULT_BYTES = 1 << 30


@dataclass
class Tree:
    """A directory that is sent whole, in place of source, files or txtar. Executable bits, empty directories and
    links within the tree are kept. Devices, sockets, links that leave the tree, and .git are left out.

    `exclude` are patterns of fnmatch; one without a slash is for the last element of every path. `left_out`, where it
    is given, is called with the path and the reason for what is not sent."""

    directory: str
    exclude: List[str] = field(default_factory=list)
    max_bytes: int = DEFAULT_BYTES
    left_out: Optional[Callable[[str, str], None]] = None

    def _why_not(self, name: str) -> str:
        last = posixpath.basename(name)
        if last == ".git":
            return "is git's"
        for pattern in self.exclude:
            if fnmatch.fnmatchcase(name if "/" in pattern else last, pattern):
                return f"is excluded by {pattern}"
        return ""

    def _leave_out(self, name: str, why: str) -> None:
        if self.left_out is not None:
            self.left_out(name, why)

    def _entries(self, below: str = "") -> Iterator[Tuple[str, os.DirEntry[str]]]:
        """Names and entries, sorted, a directory before what is in it."""
        with os.scandir(os.path.join(self.directory, below)) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        for entry in found:
            name = posixpath.join(below, entry.name)
            why = self._why_not(name)
            if why:
                self._leave_out(name, why)
                continue
            yield name, entry
            if entry.is_dir(follow_symlinks=False):
                yield from self._entries(name)

    def write(self, to: IO[bytes]) -> None:
        """The archive. It has no times and owners: the same tree is the same archive."""
        left = self.max_bytes
        with gzip.GzipFile(fileobj=to, mode="wb", mtime=0) as pressed, \
                tarfile.open(fileobj=pressed, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for name, entry in self._entries():
                if entry.is_symlink():
                    self._add_link(archive, name, entry)
                elif entry.is_dir(follow_symlinks=False):
                    header = tarfile.TarInfo(name + "/")
                    header.type, header.mode = tarfile.DIRTYPE, 0o755
                    archive.addfile(header)
                elif entry.is_file(follow_symlinks=False):
                    left = self._add_file(archive, name, entry, left)
                else:
                    self._leave_out(name, "is neither file, directory nor link")

    def _add_link(self, archive: tarfile.TarFile, name: str, entry: os.DirEntry[str]) -> None:
        target = os.readlink(entry.path).replace(os.sep, "/")
        inside = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
        if posixpath.isabs(target) or inside == ".." or inside.startswith("../"):
            self._leave_out(name, "is a link that leaves the tree")
            return
        header = tarfile.TarInfo(name)
        header.type, header.linkname, header.mode = tarfile.SYMTYPE, target, 0o777
        archive.addfile(header)

    def _add_file(self, archive: tarfile.TarFile, name: str, entry: os.DirEntry[str], left: int) -> int:
        with open(entry.path, "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise ValueError(f"{name} is not a file any more")
            if found.st_size > left:
                raise ValueError(f"more than {self.max_bytes} bytes; {name} is the first file that does not fit")
            header = tarfile.TarInfo(name)
            header.size, header.mode = found.st_size, 0o755 if found.st_mode & 0o111 else 0o644
            archive.addfile(header, file)
        return left - found.st_size


class Form:
    """multipart/form-data with the parts `request` (JSON) and `tree`, in a file that goes when it is closed: it may
    have to be sent again, and its length is said before it."""

    def __init__(self, request: bytes, tree: Tree) -> None:
        boundary = secrets.token_hex(24)
        self.kind = f"multipart/form-data; boundary={boundary}"
        self._file = tempfile.NamedTemporaryFile(prefix="gobox-tree-")
        try:
            self._part(boundary, 'name="request"', "application/json")
            self._file.write(request)
            self._part(boundary, 'name="tree"; filename="tree.tar.gz"', "application/gzip")
            tree.write(self._file)
            self._file.write(f"\r\n--{boundary}--\r\n".encode())
            self._file.flush()
            self.size = self._file.tell()
        except BaseException:
            self._file.close()
            raise

    def _part(self, boundary: str, name: str, kind: str) -> None:
        start = b"\r\n" if self._file.tell() else b""
        self._file.write(start + f"--{boundary}\r\nContent-Disposition: form-data; {name}\r\n"
                         f"Content-Type: {kind}\r\n\r\n".encode())

    def open(self) -> IO[bytes]:
        return open(self._file.name, "rb")

    def close(self) -> None:
        self._file.close()
