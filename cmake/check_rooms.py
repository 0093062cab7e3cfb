#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Says which include runs against the arrows between rooms.

A room is a folder whose CMakeLists.txt calls gobox_add_library. What its files may include are its own
headers and those of the rooms it links, directly or through others. CMake alone does not hold this:
every header of the tree can be found from its root. Exit status 1 where an include or a cycle is wrong.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIBRARY = re.compile(r"gobox_add_library\(\s*(\w+)([^)]*)\)")
ALIAS = re.compile(r"target_link_libraries\((\w+)\s+INTERFACE\s+([^)]*)\)")
INCLUDE = re.compile(r'^\s*#include "([^"]+)"', re.MULTILINE)


def words(text):
    return [word for word in text.split() if word.startswith("gobox_") and word != "gobox_options"]


def read_rooms():
    """Of each library: the folder it stands in, and what it links."""
    folders, links = {}, {}
    for path in ROOT.rglob("CMakeLists.txt"):
        folder = path.parent.relative_to(ROOT)
        if folder.parts and folder.parts[0].startswith("build"):
            continue
        text = re.sub(r"#[^\n]*", "", path.read_text())
        for name, rest in LIBRARY.findall(text):
            folders[name] = folder
            links[name] = words(rest)
        for name, rest in ALIAS.findall(text):
            links.setdefault(name, []).extend(words(rest))
    return folders, links


def reachable(name, links, path=()):
    """Everything `name` links, itself included; a cycle ends the check."""
    if name in path:
        sys.exit("rooms: a cycle: " + " -> ".join(path + (name,)))
    found = {name}
    for other in links.get(name, []):
        found |= reachable(other, links, path + (name,))
    return found


def main():
    folders, links = read_rooms()
    by_folder = {str(folder): name for name, folder in folders.items()}
    wrong = 0
    for name, folder in sorted(folders.items()):
        allowed = {str(folders[room]) for room in reachable(name, links) if room in folders}
        sources = [*(ROOT / folder).glob("*.h"), *(ROOT / folder).glob("*.cc")]
        for source in sorted(sources):
            for include in INCLUDE.findall(source.read_text()):
                room = str(pathlib.PurePosixPath(include).parent)
                if room in by_folder and room not in allowed:
                    print(f"{source.relative_to(ROOT)}: includes {include}, but {name} does not link "
                          f"{by_folder[room]}")
                    wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
