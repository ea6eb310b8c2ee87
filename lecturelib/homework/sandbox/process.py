"""The student's process: bubblewrap around it, limits on it, and nothing left of it when it is closed.

Inside there are Python with its packages, read-only, and a small /tmp in memory. There is no network, no home, no file
of the submission, no test, no `lecturelib`. The user is not root; other processes cannot be seen. A filter bars system
calls that reach beyond the process.

Called by root, the process starts as root without rights over anything but its own user id, and gives that up before
it receives the student's code. Called by anyone else, it runs in a user namespace of its own.
"""

import contextlib
import functools
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lecturelib.homework.sandbox import memory, mounts, seccomp, wire

INSTALL = "sudo apt-get install bubblewrap"
HERE = Path(__file__).parent
FILES = ("guest.py", "wire.py")  # what runs inside
INSIDE = "/grader"  # where they lie there
LOOK = 0.1  # seconds between two looks at the memory


@dataclass(frozen=True)
class Limits:
    """What a submission may use.

    Args:
        memory_mb: of one process above what torch takes, and of all its processes together.
        cpu_seconds: of one process.
        processes: processes and threads at a time.
        file_mb: of one file; all files together may have 16 MB.
        cell_seconds, call_seconds: of one cell, and of one call of a function.
        total_seconds: of the submission.
        restarts: how often the process is started again after it was stopped or ended itself.

    """

    memory_mb: int = 2048
    cpu_seconds: int = 120
    processes: int = 16
    file_mb: int = 2
    cell_seconds: float = 20.0
    call_seconds: float = 10.0
    total_seconds: float = 180.0
    restarts: int = 8


class StoppedError(Exception):
    """The student's process has ended or was ended; the text says why."""


def problem() -> str | None:
    """Say in one line why there is no sandbox here, or return None."""
    try:
        seccomp.program()
    except ValueError as error:
        return f"sandbox: {error}"
    if shutil.which("bwrap") is None:
        return f"bubblewrap: expected the command bwrap, got none; install it: {INSTALL}"
    done = subprocess.run([*_isolation_flags(), "--ro-bind", "/", "/", "true"], capture_output=True, text=True, env={})
    if done.returncode:
        return (
            f"bubblewrap: expected it to start, got {done.stderr.strip()[:200]!r}; is this a container without rights?"
        )
    return None


@functools.cache
def _options() -> str:
    done = subprocess.run(["bwrap", "--help"], capture_output=True, text=True)
    return done.stdout + done.stderr


def _isolation_flags() -> list[str]:
    """The part of the command that isolates the process; the files come after it."""
    bwrap = shutil.which("bwrap") or "bwrap"
    shared = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    if os.geteuid() == 0:  # guest.py gives up the ids inside: a user namespace would map them back to root
        rights = ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        rights = ["--unshare-user", "--uid", "65534", "--gid", "65534"]
        rights += ["--disable-userns"] if "--disable-userns" in _options() else []
    return [bwrap, *shared, *rights, "--die-with-parent", "--new-session"]


def command(hide: list[Path]) -> list[str]:
    """Return the start of a command line that runs the rest of it in the sandbox, but for the filter of system calls.

    Args:
        hide: folders and files that must not be seen, wherever they lie.

    """
    scratch = ["--size", str(2**24), "--perms", "1777", "--tmpfs", "/tmp"] if "--size" in _options() else []
    files = [word for name in FILES for word in ("--ro-bind", str(HERE / name), f"{INSIDE}/{name}")]
    sealed = ["--perms", "755", "--dir", INSIDE, *files, "--remount-ro", "/", "--remount-ro", "/dev", "--chdir", "/"]
    return [*_isolation_flags(), "--proc", "/proc", "--dev", "/dev", *scratch, *mounts.arguments(hide), *sealed]


class Process:
    """A running guest: send a request and get its answer in time, or an error.

    Args:
        limits: that hold for it.
        hide: folders that must not be seen.
        unsafe: run it without the sandbox.

    Raises:
        RuntimeError: it does not start, which is not the student's fault.

    """

    def __init__(self, limits: Limits, hide: list[Path], unsafe: bool = False) -> None:
        self.limits, self._unsafe = limits, unsafe
        self._init: int | None = None  # handle of the sandbox's process 1, with which all its others end
        self._over = threading.Event()
        self._fault = ""  # why the watch ended it
        root = os.geteuid() == 0 and not unsafe
        uid = str(61184 + os.getpid() % 4096) if root else "none"  # its processes are counted by user
        script = str(HERE / FILES[0]) if unsafe else f"{INSIDE}/{FILES[0]}"
        bounds = [limits.memory_mb * 10**6, limits.cpu_seconds, "none" if unsafe else limits.processes]
        python = [sys.executable, "-s", "-E", "-B", script, *map(str, bounds), str(limits.file_mb * 10**6), uid]
        environment = {"PATH": "/usr/bin:/bin", "HOME": "/tmp", "OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg"}
        environment |= {"LC_ALL": "C.UTF-8", "MPLCONFIGDIR": "/tmp"}
        self._process = _started(python, environment) if unsafe else self._start(hide, python, environment)
        assert self._process.stdin
        assert self._process.stdout
        assert self._process.stderr
        self._pipes = self._process.stdin, self._process.stdout, self._process.stderr
        self._unread, self._nonces = bytearray(), iter(_nonces())
        os.set_blocking(self._in, False)
        os.set_blocking(self._out, False)
        try:
            self._receive(time.monotonic() + 60)
        except StoppedError as why:
            text = self._pipes[2].read(2000).decode("utf-8", "replace").strip() if not self.alive else ""
            self.close()
            raise RuntimeError(f"the sandbox does not start: {why}; {text}") from None
        threading.Thread(target=self._watch, daemon=True).start()

    def _start(self, hide: list[Path], python: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        """Start bubblewrap with the filter of system calls, and take hold of process 1 inside."""
        rules, rules_in = os.pipe()
        told, told_in = os.pipe()
        os.write(rules_in, seccomp.as_bytes(seccomp.program()))
        os.close(rules_in)
        extra = ["--seccomp", str(rules), "--info-fd", str(told_in), "--as-pid-1"]
        try:
            started = _started([*command(hide), *extra, *python], environment, (rules, told_in))
        finally:
            os.close(rules)
            os.close(told_in)
        with open(told, "rb") as file, contextlib.suppress(ValueError, KeyError, ProcessLookupError):
            self._init = os.pidfd_open(json.loads(file.read())["child-pid"])  # the end of a start that failed is empty
        return started

    @property
    def alive(self) -> bool:
        """Whether it is still there."""
        return self._process.poll() is None

    @property
    def _in(self) -> int:
        return self._pipes[0].fileno()

    @property
    def _out(self) -> int:
        return self._pipes[1].fileno()

    def ask(self, request: dict[str, Any], pieces: list[bytes], seconds: float) -> tuple[dict[str, Any], bytes]:
        """Send a request and return header and bytes of the answer.

        Raises:
            StoppedError: no answer in time, or one that is too large or not in the format, or the process is gone.

        """
        nonce, end = next(self._nonces), time.monotonic() + seconds
        try:
            self._send(wire.pack(request | {"nonce": nonce}, pieces), end)
            header, data = self._receive(end)
            if header.get("nonce") != nonce:
                raise wire.WireError("expected the answer to this request, got another")
            return header, data
        except wire.WireError as error:
            self.close()
            raise StoppedError(f"the answer: {error}") from None
        except StoppedError:
            self.close()
            raise

    def close(self) -> None:
        """End the process and all that it started, and wait for their end."""
        self._over.set()
        if self._init is not None:  # bubblewrap's own process may be gone, and this one not
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._init, signal.SIGKILL)
            select.select([self._init], [], [], 10)
            os.close(self._init)
            self._init = None
        if self._unsafe or self.alive:  # without a sandbox, children may have outlived it
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in self._pipes:
            with contextlib.suppress(OSError):  # for what was never sent
                pipe.close()

    def _watch(self) -> None:
        """End the process when it takes too much memory, whether or not an answer is awaited."""
        pid, most = self._process.pid, int(1.5 * self.limits.memory_mb * 10**6)
        while not self._over.wait(LOOK):
            if memory.may_exceed(pid, most) and memory.process_tree_bytes(pid) > most:
                self._fault = f"it took more than {self.limits.memory_mb} MB of memory and was stopped"
                with contextlib.suppress(OSError, TypeError):
                    signal.pidfd_send_signal(self._init, signal.SIGKILL)  # type: ignore[arg-type]
                    return
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
                return

    def _send(self, message: bytes, end: float) -> None:
        view = memoryview(message)
        while view:
            self._wait(self._in, True, end)
            try:
                view = view[os.write(self._in, view[: 1 << 16]) :]
            except BlockingIOError:
                continue
            except OSError:
                raise StoppedError(self._exit_reason()) from None

    def _receive(self, end: float) -> tuple[dict[str, Any], bytes]:
        header, size = wire.lengths(self._read(wire.LENGTHS, end))
        return wire.parse(self._read(header, end)), self._read(size, end)

    def _read(self, size: int, end: float) -> bytes:
        while len(self._unread) < size:
            self._wait(self._out, False, end)
            try:
                piece = os.read(self._out, 1 << 20)
            except BlockingIOError:
                continue
            if not piece:
                raise StoppedError(self._exit_reason())
            self._unread += piece
        piece, self._unread = bytes(self._unread[:size]), self._unread[size:]
        return piece

    def _wait(self, pipe: int, writing: bool, end: float) -> None:
        """Wait until the pipe is ready."""
        lists = ([], [pipe]) if writing else ([pipe], [])
        if end <= time.monotonic() or not any(select.select(*lists, [], end - time.monotonic())):
            raise StoppedError("it ran out of time and was stopped")

    def _exit_reason(self) -> str:
        """Say how the process ended."""
        try:
            code = self._process.wait(5)
        except subprocess.TimeoutExpired:
            return self._fault or "it closed its pipe"
        if self._fault:
            return self._fault
        number = -code if code < 0 else code - 128
        if number <= 0:
            return f"it ended its own process (exit code {code})"
        name = signal.Signals(number).name if number in signal.valid_signals() else str(number)
        return f"its process died ({name})"


def _started(words: list[str], environment: dict[str, str], handles: tuple[int, ...] = ()) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    return subprocess.Popen(
        words, env=environment, cwd="/", start_new_session=True, pass_fds=handles, stdin=pipe, stdout=pipe, stderr=pipe
    )


def _nonces() -> Iterator[str]:
    """Random numbers that cannot be guessed, so that an answer written in advance does not fit its question."""
    while True:
        yield os.urandom(8).hex()
