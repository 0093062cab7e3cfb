#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/pictures/terminal.py BUILD_DIR: makes docs/images/terminal.svg from what sandbox-run really prints.

Each command runs on a terminal of its own (a pty), in the root of the tree, as a user would type it; what it printed is
drawn as text. Long lines are broken as a terminal breaks them.
"""

import html
import os
import pathlib
import pty
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
COLUMNS = 110
LINE = 18  # pixels
CHARACTER = 8.1
COMMANDS = [
    "sandbox-run examples/hello.go",
    "sandbox-run examples/diagnosis/map_cache.go",
    "sandbox-run examples/leaked_processes.go",
]
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
COLOURS = {"prompt": "#7ee787", "verdict-good": "#7ee787", "verdict-bad": "#ff7b72", "detail": "#8b949e", "text": "#e6edf3"}


def printed(command, build):
    """Both streams of the command, in the order in which a terminal gets them."""
    leader, follower = pty.openpty()
    environment = dict(os.environ, PATH=f"{build}/bin:{os.environ['PATH']}", COLUMNS=str(COLUMNS), TERM="xterm")
    process = subprocess.Popen(["sh", "-c", command], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
                               stdout=follower, stderr=follower)
    os.close(follower)
    output = b""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:  # EIO: nobody has the terminal open any more
            break
        output += piece
    os.close(leader)
    process.wait(timeout=120)
    return ESCAPES.sub("", output.decode(errors="replace")).replace("\r\n", "\n").rstrip("\n").split("\n")


def kind_of(line):
    if line.startswith("$ "):
        return "prompt"
    if line.startswith("--- "):
        return "verdict-good" if line.startswith("--- ok") else "verdict-bad"
    return "detail" if line.startswith("  ") else "text"


def broken(line):
    """The pieces of a line, as a terminal of COLUMNS shows it."""
    return [line[start:start + COLUMNS] for start in range(0, max(1, len(line)), COLUMNS)]


def picture(lines):
    width, height = int(COLUMNS * CHARACTER) + 32, len(lines) * LINE + 56
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
             "<title>sandbox-run in a terminal</title>",
             f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>',
             *(f'<circle cx="{18 + 18 * number}" cy="18" r="5.5" fill="{colour}"/>'
               for number, colour in enumerate(("#ff5f57", "#febc2e", "#28c840"))),
             '<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="13.5" '
             'xml:space="preserve">']
    for number, (kind, text) in enumerate(lines):
        weight = ' font-weight="bold"' if kind == "prompt" or kind.startswith("verdict") else ""
        parts.append(f'<text x="16" y="{52 + number * LINE}" textLength="{len(text) * CHARACTER:.1f}" '
                     f'fill="{COLOURS[kind]}"{weight}>{html.escape(text, quote=False)}</text>' if text else "")
    return "\n".join(part for part in parts if part) + "\n</g>\n</svg>\n"


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: docs/pictures/terminal.py BUILD_DIR")
    build = pathlib.Path(sys.argv[1]).resolve()
    lines = []
    for command in COMMANDS:
        for line in [f"$ {command}", *printed(command, build), ""]:
            lines += [(kind_of(line), piece) for piece in broken(line)]
    (ROOT / "docs/images/terminal.svg").write_text(picture(lines[:-1]))


if __name__ == "__main__":
    main()
