# SPDX-License-Identifier: Apache-2.0
"""Group: a control group of our own below the one we are in, with a memory and a process limit; v2, or v1's two."""

import os
import pathlib
import signal
import time

BASE = pathlib.Path("/sys/fs/cgroup")


def own_paths():
    """controller -> the directory of the group that we are in; "" is v2."""
    found = {}
    for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        for each in controllers.split(","):
            found[each] = path.lstrip("/")
    return found


def remove_left(name):
    """The groups of that name that a runtime made and left: at the top of a hierarchy or below where we are."""
    own = own_paths()
    for hierarchy in [BASE] + [each for each in BASE.iterdir() if each.is_dir() and not each.is_symlink()]:
        controller = "" if hierarchy == BASE or hierarchy.name == "unified" else hierarchy.name
        below = next((path for each, path in own.items() if each == controller or each in controller.split(",")), "")
        for folder in {hierarchy / name, hierarchy / below / name}:
            deadline = time.monotonic() + 2
            while folder.is_dir():
                try:
                    folder.rmdir()
                except OSError:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.01)


class Group:
    def __init__(self, name, memory, pids):
        own = own_paths()
        self.unified = (BASE / "cgroup.controllers").exists()
        if self.unified:
            self.folders = [BASE / own[""] / name]
            self.make(self.folders[0], {"memory.max": memory, "memory.swap.max": 0, "pids.max": pids})
        else:
            self.folders = [BASE / "memory" / own["memory"] / name, BASE / "pids" / own["pids"] / name]
            self.make(self.folders[0], {"memory.limit_in_bytes": memory, "memory.memsw.limit_in_bytes": memory})
            self.make(self.folders[1], {"pids.max": pids})

    def make(self, folder, limits):
        folder.mkdir()
        for name, value in limits.items():
            if (folder / name).exists():
                (folder / name).write_text(str(value))

    def enter(self):
        """Between fork and exec of what shall be in it."""
        for folder in self.folders:
            (folder / "cgroup.procs").write_text("0")

    def oom_kills(self):
        name = "memory.events" if self.unified else "memory.oom_control"
        for line in (self.folders[0] / name).read_text().splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
        return 0

    def left(self):
        return [int(pid) for pid in (self.folders[-1] / "cgroup.procs").read_text().split()]

    def end(self):
        """Kills what is left and removes the group. Returns how many were left; what is being killed has a second."""
        settled = time.monotonic() + 1
        while self.left() and time.monotonic() < settled:
            time.sleep(0.01)
        count, deadline = len(self.left()), time.monotonic() + 10
        while self.left() and time.monotonic() < deadline:
            for pid in self.left():
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.01)
        for folder in self.folders:
            while True:
                try:
                    folder.rmdir()
                    break
                except OSError:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.01)
        return count
