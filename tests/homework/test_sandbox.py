"""The walls: what a student's process cannot see, reach, or take."""

import errno
import math
import os
import platform
import signal
import socket
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import torch
from needs_sandbox import needs_sandbox
from torch import Tensor

from lecturelib.homework.sandbox import mounts, process, seccomp
from lecturelib.homework.sandbox.process import Limits
from lecturelib.homework.sandbox.session import Session, Student, StudentError

CELLS = """
import os, socket, torch

def echo(*args, **kwargs): return args, kwargs
def user(): return os.getuid(), os.getgid(), os.getgroups()
def listing(path): return sorted(os.listdir(path))
def exists(path): return os.path.exists(path)
def connect(port): return socket.create_connection(("127.0.0.1", port), 2).fileno()
def variables(): return sorted(os.environ)
def numbers(generator): return torch.rand(3, generator=generator)
def count(n):
    for k in range(n): yield k, torch.full((2,), float(k))
def forever():
    while True: yield 1
def hang():
    while True: pass
def many(size):
    kept = []
    for k in range(100): kept.append(open("/tmp/%d" % k, "wb").write(b"x" * size))
    return len(kept)
def large(size): return open("/tmp/large", "wb").write(b"x" * size)
def raise_limits():
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
def barred(*numbers):
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    found = []
    for number, argument in numbers:
        found.append(ctypes.get_errno() if libc.syscall(number, argument, 0, 0, 0, 0) < 0 else 0)
    return found
def of_process_1(name): return open(f"/proc/1/{name}", "r+b").read(1)
def dribble():
    import time
    for _ in range(3):
        if os.fork() == 0:
            kept = b"x" * (150 * 2**20)
            time.sleep(60)
    for k in range(3, 30):
        try: os.write(k, (3 * 10**6).to_bytes(4, "big") + bytes(8))
        except OSError: continue
        while True:
            os.write(k, b" ")
            time.sleep(0.01)
def parents(): return [p for p in os.listdir("/proc") if p.isdigit()]

class Counter:
    def __init__(self, start): self.total = start
    def add(self, x): self.total = self.total + x; return self
    def value(self): return self.total
    def hang(self):
        while True: pass
"""


@pytest.fixture(scope="module")
def session() -> Any:
    made = Session([(1, CELLS)], Limits(call_seconds=3, total_seconds=500))
    yield made
    made.close()


@pytest.fixture(scope="module")
def student(session: Session) -> Any:
    return Student(session)


VALUES: list[Any] = [
    None, True, 3, -(2**70), 2.5, math.inf, "text ✓\n", [1, [2.0, "a"]], (1, (2,)), {"a": 1, 2: [None]},
    torch.arange(6).reshape(2, 3), torch.rand(2, 0, 3), torch.tensor(1.5, dtype=torch.float64),
    torch.tensor([True, False]), torch.rand(3).to(torch.bfloat16), torch.rand(3, 4).T,
]  # fmt: skip


def same(a: Any, b: Any) -> bool:
    if isinstance(a, Tensor):
        return isinstance(b, Tensor) and a.dtype == b.dtype and a.shape == b.shape and bool((a == b).all())
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


@needs_sandbox
@pytest.mark.slow
class TestWalls:
    def test_values_travel_unchanged(self, student: Any):
        args, kwargs = student.echo(*VALUES, named=1.25)
        assert kwargs == {"named": 1.25}
        assert [v for v, got in zip(VALUES, args, strict=True) if not same(v, got)] == []

    def test_generators_of_torch_go_on_where_they_are(self, student: Any):
        generator = torch.Generator().manual_seed(5)
        torch.rand(7, generator=generator)
        got = student.numbers(generator)
        assert torch.equal(got, torch.rand(3, generator=generator))

    def test_objects_stay_and_are_called_there(self, student: Any):
        counter = student.Counter(torch.ones(2))
        counter.add(torch.ones(2)).add(1)
        assert torch.equal(counter.value(), torch.full((2,), 3.0))
        assert torch.equal(counter.total, torch.full((2,), 3.0))
        (again,), _ = student.echo(counter)
        assert torch.equal(again.total, counter.total)
        with pytest.raises(StudentError, match="expected a value, got an object of type Counter"):
            bool(counter)

    def test_python_generators_yield(self, student: Any):
        assert [k for k, _ in student.count(3)] == [0, 1, 2]
        endless = iter(student.forever())
        assert [next(endless) for _ in range(4)] == [1, 1, 1, 1]

    def test_user_is_not_root_and_has_nothing(self, student: Any):
        uid, gid, groups = student.user()
        assert uid != 0
        assert gid != 0
        assert 0 not in groups
        assert not [name for name in student.variables() if name not in sandbox_variables()]

    def test_files_of_the_project_and_of_the_user_are_not_there(self, student: Any, tmp_path: Path):
        root = Path(__file__).resolve().parents[2]
        here = [root / "assignments", root / "tests", Path(process.__file__), Path.home() / ".bashrc", tmp_path]
        assert not [path for path in here if student.exists(str(path))]
        assert student.listing("/grader") == ["guest.py", "wire.py"]
        # An environment under /tmp is shown there, with the empty folders that lead to it.
        shown = [path.relative_to("/tmp").parts[0] for path in mounts.shown() if Path("/tmp") in path.parents]
        assert set(student.listing("/tmp")) <= {"large", "0", *shown}
        assert len(student.parents()) <= 3

    def test_what_the_instructor_installed_of_lecturelib_is_empty(self, student: Any):
        for place in {Path(sysconfig.get_path(name)) for name in ("purelib", "platlib")}:
            if student.exists(str(place / "lecturelib")):
                assert student.listing(str(place / "lecturelib")) == []

    def test_no_network(self, student: Any):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            socket.create_connection(("127.0.0.1", port), 2).close()  # from here it can be reached
            with pytest.raises(StudentError, match="Error"):
                student.connect(port)

    def test_calls_that_reach_beyond_the_process_are_barred(self, student: Any):
        column, _ = seccomp.ARCHITECTURES[platform.machine()]
        names = ("ptrace", "process_vm_readv", "unshare", "mount", "keyctl", "shmget", "io_uring_setup", "bpf")
        calls = [(seccomp.BARRED[name][column], 0x10000000) for name in names]
        calls += [(seccomp.CLONE[column], 0x10000000 | 17), (seccomp.CLONE3[column], 0), (seccomp.SOCKET[column], 40)]
        errors = [errno.EPERM] * (len(names) + 1) + [errno.ENOSYS, errno.EAFNOSUPPORT]
        assert student.barred(*calls) == errors

    def test_process_1_cannot_be_read_or_written(self, student: Any):
        for name in ("mem", "environ", "maps", "oom_score_adj"):
            with pytest.raises(StudentError, match="Permission denied"):
                student.of_process_1(name)

    def test_limits_hold_and_cannot_be_raised(self, student: Any):
        with pytest.raises(StudentError, match="File too large"):
            student.large(5 * 10**6)
        with pytest.raises(StudentError, match="No space left"):
            student.many(10**6)
        with pytest.raises(StudentError, match=r"ValueError|PermissionError"):
            student.raise_limits()

    def test_a_function_that_hangs_is_stopped_once_and_the_others_go_on(self, session: Session, student: Any):
        counter, life = student.Counter(1), session.life
        with pytest.raises(StudentError, match="hang: it ran out of time"):
            counter.hang()
        for _ in range(3):
            with pytest.raises(StudentError, match="hang: it ran out of time"):
                student.hang()
        assert session.life == life + 1  # started again for the second function that hangs, and for no later call
        with pytest.raises(StudentError, match="its object is gone"):
            counter.value()
        assert student.echo(1)[0] == (1,)

    def test_what_stands_below_an_error_is_still_there(self):
        below = "def first(): return 1\nprint(undefined)\ndef second(): return 2"
        missing = "import nothing_of_this_name\ndef third(): return 3\n@undefined\ndef fourth(): return 4"
        session = Session([(1, below), (2, missing)])
        try:
            student = Student(session)
            assert (student.first(), student.second(), student.third()) == (1, 2, 3)
            assert "NameError: name 'undefined' is not defined (cell 1, line 2)" in session.problems[1]
            assert "ModuleNotFoundError" in session.problems[2]
            with pytest.raises(StudentError, match=r"^fourth: not defined in the notebook$"):
                student.fourth()
            assert session.life == 1
        finally:
            session.close()

    def test_memory_is_watched_while_bytes_come(self):
        session = Session([(1, CELLS)], Limits(memory_mb=300, call_seconds=8))
        try:
            with pytest.raises(StudentError, match="dribble: it took more than 300 MB of memory and was stopped"):
                Student(session).dribble()
        finally:
            session.close()

    def test_process_1_ends_though_nothing_binds_it_to_its_parent(self, monkeypatch: pytest.MonkeyPatch):
        flags = process._isolation_flags
        monkeypatch.setattr(process, "_isolation_flags", lambda: [f for f in flags() if f != "--die-with-parent"])
        started = process.Process(Limits(), [])
        (first,) = Path(f"/proc/{started._process.pid}/task/{started._process.pid}/children").read_text().split()
        os.kill(started._process.pid, signal.SIGKILL)
        started._process.wait()
        assert Path(f"/proc/{first}/cmdline").exists()
        started.close()
        stat = Path(f"/proc/{first}/stat")  # dead and not yet collected by its new parent, or gone
        assert not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"

    def test_too_many_restarts_end_the_submission(self):
        names = [f"f{k}" for k in range(3)]
        source = "import os\n" + "\n".join(f"def {name}(): os._exit(3)" for name in names)
        session = Session([(1, source)], Limits(restarts=1))
        try:
            for name in names:
                with pytest.raises(StudentError, match=r"exit code 3|started 2 times"):
                    getattr(Student(session), name)()
            assert "started 2 times" in session.ended
        finally:
            session.close()


def sandbox_variables() -> set[str]:
    return {"PATH", "HOME", "OMP_NUM_THREADS", "MPLBACKEND", "MPLCONFIGDIR", "LC_ALL", "PWD", "LC_CTYPE"} | {
        "KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK", "TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR",
        "CUDA_MODULE_LOADING",
    }  # fmt: skip


def test_without_bubblewrap_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "sudo apt-get install bubblewrap" in str(process.problem())
