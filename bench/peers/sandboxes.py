# SPDX-License-Identifier: Apache-2.0
"""The sandboxes that run.py compares, behind one face: run a command, build a program, give a verdict, be late.

late() is how long after its limit a command is answered: by the caller's clock, who started it, and by the
sandbox's own, where it has one."""

import itertools
import json
import os
import selectors
import shutil
import subprocess
import time

from groups import Group, remove_left

MEMORY = 64 << 20
DISK = 32 << 20
BUILD_MEMORY = 1 << 30
PIDS = 64
OUTPUT = 64 << 10
PATIENCE = 60.0  # seconds after which whatever it is has failed

numbers = itertools.count(1)


class Run:
    """A command as a careful caller runs it: its output is read up to a cap, its time is bounded."""

    def __init__(self, argv, wall=PATIENCE, cap=4 << 20, kill=None, enter=None, environment=None):
        self.argv, self.output, self.killed_for = argv, b"", None
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   preexec_fn=enter, env=environment)
        self.started = time.monotonic()
        self.read(process, wall, cap)
        if self.killed_for:
            if kill:
                kill()
            process.kill()
        process.stdout.close()
        self.status = process.wait(timeout=PATIENCE)
        self.seconds = time.monotonic() - self.started

    def read(self, process, wall, cap):
        pidfd = os.pidfd_open(process.pid)
        with selectors.DefaultSelector() as waiting:
            waiting.register(process.stdout, selectors.EVENT_READ, "output")
            waiting.register(pidfd, selectors.EVENT_READ, "end")
            ended = False
            while not ended and not self.killed_for:
                ready = waiting.select(self.started + wall - time.monotonic())
                if not ready and time.monotonic() >= self.started + wall:
                    self.killed_for = f"killed by the caller after {wall:g} s"
                for key, _ in ready:
                    if key.data == "end":
                        ended = True
                        continue
                    piece = os.read(process.stdout.fileno(), 1 << 16)
                    self.output += piece
                    if not piece:
                        waiting.unregister(process.stdout)
                    if len(self.output) > cap:
                        self.killed_for = f"killed by the caller at {cap >> 10} KiB of output"
        os.close(pidfd)

    def verdict(self):
        if self.killed_for:
            return self.killed_for
        return f"signal {-self.status}" if self.status < 0 else f"exit {self.status}"


def go_build(go, folder):
    return [f"{go}/bin/go", "build", "-o", f"{folder}/hello", f"{folder}/hello.go"]


def go_environment(go, cache):
    return {"PATH": f"{go}/bin:/usr/bin", "HOME": "/tmp", "GOCACHE": str(cache), "CGO_ENABLED": "0", "GO111MODULE": "off",
            "GOFLAGS": "", "GOTOOLCHAIN": "local"}


class Plain:
    name = "no sandbox"

    def run(self, argv, show=None):
        return Run(argv)

    def build(self, go, cache, folder):
        return Run(go_build(go, folder), environment=go_environment(go, cache))


class Gobox:
    name = "sandbox-run"

    def __init__(self, build, wall):
        self.command, self.wall = str(build / "bin/sandbox-run"), wall

    def version(self):
        return subprocess.check_output([self.command, "--version"], text=True).strip()

    def run(self, argv, show=None):
        return Run([self.command, "exec", "--", *argv])

    def compile_and_run(self, file):
        return Run([self.command, str(file)])

    def result(self, source, *flags):
        run = Run([self.command, "--json", "--memory", "64M", "--pids", str(PIDS), "--output", "64K", "--disk", "32M",
                   "--compile-timeout", "30s", "--total-timeout", "50s", *flags, str(source)])
        return json.loads(run.output[run.output.index(b"{"):])

    def verdict(self, source):
        result = self.result(source, "--run-timeout", f"{self.wall:g}s")
        said = result["outcome"]
        if said in ("exited", "signaled"):
            said += f" ({result['signal'] or result['exit_code']})"
        return f"`{said}`"

    def late(self, argv, wall):
        run = Run([self.command, "exec", "--json", "--run-timeout", f"{wall:g}s", "--grace", "0", "--", *argv])
        stage = json.loads(run.output[run.output.index(b"{"):])["stages"][-1]
        return run.seconds - wall, stage["wall_ms"] / 1e3 - wall


class Other:
    def group_name(self):
        return f"gobox-peers-{os.getpid()}-{next(numbers)}"

    def late(self, argv, wall):
        return self.confined(argv, wall, OUTPUT)[0].seconds - wall, None

    def verdict(self, program, wall):
        run, notes = self.confined([self.inside(program)], wall, OUTPUT)
        return ", ".join([run.verdict(), *notes])

    def run(self, argv, show=None):
        return self.confined(argv, PATIENCE, 4 << 20, show=show)[0]

    def inside(self, program):
        return f"/programs/{program.name}"


class Bubblewrap(Other):
    """All namespaces, a root of read-only pieces, and a control group with the limits."""

    name = "bubblewrap"

    def __init__(self, programs):
        self.programs = programs

    def works(self):
        return shutil.which("bwrap") is not None and self.run(["/usr/bin/true"]).status == 0

    def version(self):
        return subprocess.check_output(["bwrap", "--version"], text=True).strip()

    def argv(self, argv, binds, environment):
        words = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--ro-bind", "/usr", "/usr"]
        for link in ("bin", "sbin", "lib", "lib64"):
            words += ["--symlink", f"usr/{link}", f"/{link}"]
        words += ["--proc", "/proc", "--dev", "/dev", "--size", str(DISK), "--tmpfs", "/tmp",
                  "--ro-bind", str(self.programs), "/programs"]
        for kind, path in binds:
            words += [kind, str(path), str(path)]
        words.append("--clearenv")
        for name, value in environment.items():
            words += ["--setenv", name, value]
        return [*words, "--", *argv]

    def confined(self, argv, wall, cap, show=None, memory=MEMORY, binds=(), environment=None):
        if show is not None:
            binds = [*binds, ("--ro-bind", show)]
        group = Group(self.group_name(), memory, PIDS)
        try:
            run = Run(self.argv(argv, binds, environment or {"PATH": "/usr/bin"}), wall, cap, enter=group.enter)
            kills = group.oom_kills()
        finally:
            left = group.end()
        notes = [f"the group counts {kills} OOM kill{'s' if kills > 1 else ''}"] if kills else []
        if left and not run.killed_for:
            notes.append(f"{left} left")
        return run, notes

    def build(self, go, cache, folder):
        binds = [("--ro-bind", go), ("--bind", cache), ("--bind", folder)]
        return self.confined(go_build(go, folder), PATIENCE, 4 << 20, memory=BUILD_MEMORY, binds=binds,
                             environment=go_environment(go, cache))[0]


class Oci(Other):
    """An OCI runtime with a bundle: no capabilities, read-only root, limits of its own making."""

    def __init__(self, name, programs, scratch):
        self.name, self.programs = name, programs
        self.bundles = scratch / f"bundles-{name}"
        self.bundles.mkdir()

    def works(self):
        if shutil.which(self.name) is None:
            return False
        run = self.run(["/usr/bin/true"])
        if run.status != 0:
            print(f"{self.name} does not run on this host and is left out: {run.output.decode(errors='replace').strip()[:200]}")
        return run.status == 0

    def version(self):
        return subprocess.check_output([self.name, "--version"], text=True).splitlines()[0]

    def bundle(self, argv, memory, binds, environment):
        folder = self.bundles / str(next(numbers))
        root = folder / "rootfs"
        root.mkdir(parents=True)
        for link in ("bin", "sbin", "lib", "lib64"):
            (root / link).symlink_to(f"usr/{link}")
        subprocess.run([self.name, "spec"], cwd=folder, check=True)
        config = json.loads((folder / "config.json").read_text())
        process = config["process"]
        process.update(terminal=False, args=argv, noNewPrivileges=True, cwd="/",
                       env=[f"{name}={value}" for name, value in environment.items()],
                       capabilities={kind: [] for kind in ("bounding", "effective", "permitted", "inheritable", "ambient")})
        process.pop("rlimits", None)
        config["root"] = {"path": "rootfs", "readonly": False}
        config["mounts"].append({"destination": "/tmp", "type": "tmpfs", "source": "tmpfs",
                                 "options": ["nosuid", "nodev", f"size={DISK}"]})
        for mode, path, target in [("ro", "/usr", "/usr"), ("ro", str(self.programs), "/programs"), *binds]:
            config["mounts"].append({"destination": target, "type": "bind", "source": path, "options": ["rbind", mode]})
        config["linux"]["resources"].update(memory={"limit": memory, "swap": memory}, pids={"limit": PIDS})
        (folder / "config.json").write_text(json.dumps(config))
        return folder

    def confined(self, argv, wall, cap, show=None, memory=MEMORY, binds=(), environment=None):
        """`delete --force` kills all processes of the container and waits for them."""
        if show is not None:
            binds = [*binds, ("ro", str(show), str(show))]
        bundle, name = self.bundle(argv, memory, binds, environment or {"PATH": "/usr/bin"}), self.group_name()
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}

        def kill():
            subprocess.run([self.name, "delete", "--force", name], **quiet)

        try:
            run = Run([self.name, "run", "--bundle", str(bundle), name], wall, cap, kill=kill)
        finally:
            kill()  # what it forgot when it was killed; runc leaves groups behind even then
            remove_left(name)
            shutil.rmtree(bundle)
        return run, []

    def build(self, go, cache, folder):
        binds = [("ro", str(go), str(go)), ("rw", str(cache), str(cache)), ("rw", str(folder), str(folder))]
        return self.confined(go_build(go, folder), PATIENCE, 4 << 20, memory=BUILD_MEMORY, binds=binds,
                             environment=go_environment(go, cache))[0]
