#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Says which source files do not name their licence at their beginning.

    SPDX-License-Identifier: Apache-2.0

stands in a comment of the first or, behind "#!", the second line. Left out is what is shown or compiled as somebody
else's program, where a line more would move the lines that tests and documents name, and what others wrote.
"""

import fnmatch
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINE = "SPDX-License-Identifier: Apache-2.0"
COMMENTS = {
    ".cc": "//", ".h": "//", ".c": "//", ".go": "//", ".ts": "//", ".mjs": "//", ".cc.in": "//",
    ".py": "#", ".sh": "#", ".cmake": "#", "CMakeLists.txt": "#",
}
LEFT_OUT = [
    "examples/*.go", "examples/diagnosis/*", "examples/experiments/*.go", "examples/module/*", "examples/tests_*",
    "tests/attacks/*/*.go", "tests/attacks/*/*.c", "tests/attacks/report.go", "tests/diagnosis/programs/*",
    "tests/*/testdata/*", "tests/fuzz/corpus/*", "web/classics/*", "web/dist/*",
]


def is_left_out(name):
    """"examples/*.go" is what stands in that folder itself."""
    if name.startswith("examples/gin-backend/"):
        return False
    return any(fnmatch.fnmatchcase(name, each) and name.count("/") >= each.count("/") for each in LEFT_OUT)


def comment_of(name, first):
    """What begins a comment in that file, or None where no licence is asked for."""
    if is_left_out(name):
        return None
    for ending, comment in COMMENTS.items():
        if name.endswith(ending):
            return comment
    return "#" if first.startswith("#!") else None


def source_files():
    """Name, what begins a comment, and the first lines, of each file that is asked."""
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=ROOT, check=True,
                            stdout=subprocess.PIPE).stdout.decode()
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if not path.is_file() or path.is_symlink():
            continue
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = [file.readline(), file.readline()]
        comment = comment_of(name, lines[0])
        if comment:
            yield name, comment, lines


def is_named(comment, lines):
    line = lines[1] if lines[0].startswith("#!") else lines[0]
    return line.rstrip("\n") == f"{comment} {LINE}"


def main():
    missing = [name for name, comment, lines in source_files() if not is_named(comment, lines)]
    for name in missing:
        print(f"{name}: does not begin with {LINE}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
