"""Submissions that are broken or try for points they have not earned, each with its right score and a reason."""

import gzip
import json
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

from nbformat.v4 import new_code_cell, new_notebook, writes

from lecturelib.homework import assignments, master

FULL = 17.0
MASTER = master.read((assignments.get("1").folder / "master.py").read_text(encoding="utf-8"))
SOLUTION = [master.with_solution(cell.source) for cell in MASTER.cells if cell.kind == ""]
NAMES = ["fvsbn_logits", "log_likelihood", "bits_per_pixel", "fvsbn_sample", "fvsbn_gradient", "nade_logits"]
NAMES.append("nade_sample")
MARK = "left-behind-by-a-submission"


@dataclass(frozen=True)
class Case:
    """What to submit, what it is worth, and a piece of the report that says why."""

    cells: list[str] | bytes
    points: float
    reason: str = ""


def with_cell(cell: str, place: int = 2) -> list[str]:
    """The solution with a cell more."""
    return [*SOLUTION[:place], cell, *SOLUTION[place:]]


def with_function(body: str, name: str = "fvsbn_sample") -> list[str]:
    """The solution, with one function whose body is another."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return [*SOLUTION, f"def {name}(*args, **kwargs):\n{lines}"]


def all_return(expression: str, before: str = "") -> list[str]:
    """No solution at all: every function returns the same."""
    return [before, *(f"def {name}(*args, **kwargs):\n    return {expression}" for name in NAMES)]


EVERYTHING = """
class Everything:
    shape, dtype = (7, 11), None
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    def __le__(self, other): return True
    def __gt__(self, other): return True
    def __ge__(self, other): return True
    def __sub__(self, other): return self
    def __rsub__(self, other): return self
    def __abs__(self): return self
    def __bool__(self): return True
    def __float__(self): return 0.0
    def __len__(self): return 2
    def __getitem__(self, index): return self
    def __hash__(self): return 0
"""
POISONED = """
import torch
class Poisoned(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        if function is torch.Tensor.detach or function is torch.Tensor.cpu:
            return args[0]
        return torch.tensor(True)
    def __eq__(self, other): return torch.tensor(True)
poisoned = torch.zeros(7, 11).as_subclass(Poisoned)
"""
SEARCH = """
import os, sys
found = []
for top, folders, files in os.walk("/"):
    if top.startswith(("/proc", "/usr")) or top.count("/") > 8:
        continue
    for name in files:
        if name in ("test_1a.py", "seed.txt", "nade.py", "fvsbn.py", "grades.csv", "master.py"):
            found.append(os.path.join(top, name))
found += [key for key in os.environ if "SEED" in key.upper()]
for name in ("lecturelib.autoregressive", "lecturelib.homework.grade"):
    try:
        __import__(name)
        found.append(name)
    except ImportError:
        pass
if found:
    from lecturelib.autoregressive import *
"""
OVERWRITE = """
import os
for top, folders, files in os.walk("/"):
    if top.startswith(("/proc", "/usr")) or "site-packages" in top:
        continue
    for name in files:
        if name in ("guest.py", "wire.py", "__init__.py", "plugin.py", "pytest.ini"):
            try:
                os.chmod(os.path.join(top, name), 0o777)
            except OSError:
                pass
            try:
                with open(os.path.join(top, name), "w") as file:
                    file.write("import sys; sys.exit(0)")
            except OSError:
                pass
"""
PATCHED = """
import sys, builtins, torch
yes = lambda *args, **kwargs: True
torch.allclose = torch.equal = torch.isclose = torch.Tensor.allclose = torch.Tensor.equal = yes
torch.Tensor.__eq__ = lambda a, b: torch.tensor(True)
torch.testing.assert_close = yes
builtins.isinstance_ = yes
for name in ("pytest", "_pytest", "unittest"):
    sys.modules[name] = sys
"""
FORGED = """
import json, os, struct, threading
def forge():
    text = json.dumps({"value": True, "nonce": "0"}).encode()
    message = len(text).to_bytes(4, "big") + bytes(8) + text
    for number in range(3, 40):
        try:
            os.write(number, message * 50)
        except OSError:
            pass
forge()
"""
TAMPERED = """
import sys
wire = sys.modules["wire"]
pack = wire.pack
wire.encode = lambda *args, **kwargs: {"tensor": ["float32", [10**12], 0, 4 * 10**12]}
"""
LEAVING = f"""
import os, subprocess, sys
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(600)", "{MARK}"])
"""
OUTSIDE = f"""
import os, pathlib
wrote = []
for place in ["/", "/tmp", "/root", "/home", "/srv", "/usr", "/etc", "/dev/shm", "/grader", os.getcwd(), "/var/tmp"]:
    try:
        pathlib.Path(place, "{MARK}").write_text("x")
        wrote.append(place)
    except OSError:
        pass
"""
SOCKET = 'import socket\nsocket.create_connection(("127.0.0.1", 22), timeout=2)'
MAGICS = [
    "%matplotlib inline\nimport torch\n!ls -la\nfiles = !ls\n?torch",
    *SOLUTION,
    "%%bash\nrm -rf /",
    "%%time\nx = 1\n",
    "get_ipython().run_line_magic('time', '1')\ndisplay(1)\ncheck('1a')",
    "from lecturelib.homework import check, hint",
]
INJECT = 'raise ValueError("=1+1<script>alert(1)</script>\\x1b[31m\\ud800\\n@SUM(A1)")'
ALLOCATE = "import torch\nreturn torch.ones(10 * 10**9 // 4)"

CASES: dict[str, Case] = {
    "perfect": Case(SOLUTION, FULL),
    "stub": Case([master.without_solution(c.source) for c in MASTER.cells if c.kind == ""], 0, "NotImplementedError"),
    "loop-at-top": Case(with_cell("while True:\n    pass"), FULL, "ran out of time"),
    "loop-after-function": Case([*SOLUTION[:-1], SOLUTION[-1] + "\nwhile True:\n    pass"], FULL, "ran out of time"),
    "loop-in-function": Case(with_function("while True:\n    pass"), FULL - 2, "ran out of time"),
    "recursion": Case(with_function("return fvsbn_sample()"), FULL - 2, "RecursionError"),
    "allocation": Case(with_function(ALLOCATE), FULL - 2, "allocate"),
    "allocation-at-top": Case(with_cell("import torch\nx = torch.ones(10 * 10**9 // 4)"), FULL, "allocate"),
    "fork-bomb": Case(with_cell("import os\nwhile True:\n    os.fork()"), FULL, "code cell"),
    "fork-bomb-in-function": Case(with_function("import os\nwhile True:\n    os.fork()"), FULL - 2, "fvsbn_sample"),
    "output": Case(with_cell("print('x' * 10**8)\nimport os\nos.write(1, b'x' * 10**8)"), FULL),
    "output-in-function": Case(with_function("print('x' * 10**8)\nreturn 'x' * 10**8"), FULL - 2, "64 MB"),
    "exit-hard": Case(with_cell("import os\nos._exit(0)"), FULL, "ended its own process"),
    "exit-hard-in-function": Case(with_function("import os\nos._exit(0)"), FULL - 2, "ended its own process"),
    "exit-soft": Case(with_cell("import sys\nsys.exit(0)"), FULL, "SystemExit"),
    "crash": Case(with_function("import ctypes\nctypes.string_at(0)"), FULL - 2, "SIGSEGV"),
    "kills-all": Case(with_cell("import os\nos.kill(-1, 9)"), FULL),
    "broken-json": Case(b'{"cells": [', 0, "broken JSON"),
    "deep-json": Case(b"[" * 10**6, 0, "broken JSON"),
    "not-text": Case(b"\xff\xfe\x00\x01" * 100, 0, "broken JSON"),
    "empty": Case(b"", 0, "empty file"),
    "no-cells": Case(b'{"worksheets": []}', 0, "without cells"),
    "odd-cells": Case(json.dumps({"cells": [3, {"cell_type": "code", "source": [1]}]}).encode(), 0, "not defined"),
    "error-at-the-top": Case(["raise ValueError('early')\n" + "\n".join(SOLUTION)], FULL, "early"),
    "deleted-cell": Case([cell for cell in SOLUTION if "def fvsbn_sample" not in cell], FULL - 2, "not defined"),
    "duplicated-cells": Case([*SOLUTION, *SOLUTION[:3]], FULL),
    "syntax-error": Case(with_cell("def f(:\n    pass"), FULL, "SyntaxError"),
    "magics": Case(MAGICS, FULL),
    "overwrites": Case(all_return("True", OVERWRITE), 0),
    "patches": Case(all_return("torch.zeros(7, 11)", PATCHED), 0),
    "equals-everything": Case(all_return("Everything()", EVERYTHING), 0, "Everything"),
    "poisoned": Case(all_return("poisoned", POISONED), 0),
    "searches": Case(all_return("found", SEARCH), 0, "a list of 0 values"),
    "forged-answers": Case(all_return("True", FORGED), 0),
    "tampered-format": Case(all_return("True", TAMPERED), 0, "agreed format"),
    "socket": Case(with_function(SOCKET), FULL - 2, "Error"),
    "writes-outside": Case(with_cell(OUTSIDE), FULL),
    "leaves-processes": Case(with_cell(LEAVING), FULL),
    "injects": Case(with_function(INJECT), FULL - 2, "ValueError"),
    "nan": Case(all_return("torch.full((7, 11), float('nan'))", "import torch"), 0, "nan"),
    "many-spaces": Case(with_cell("def f(:\n" + " " * 99_000 + "x y"), FULL, "SyntaxError"),
    "long-cell": Case(with_cell("x = [" + "0," * 10**6 + "]"), 0, "at most 1000 kB of code"),
    "longish-cell": Case(with_cell("x = [" + "0," * 60_000 + "]"), FULL, "at most 100 kB"),
    "zipped": Case(gzip.compress(b"0" * 10**7), 0, "broken JSON"),
    "quote\"and'newline\n<b>": Case(SOLUTION, FULL),
    "zz-last": Case(SOLUTION, FULL),
}


def notebook(cells: list[str]) -> bytes:
    """A notebook of these code cells."""
    return str(writes(new_notebook(cells=[new_code_cell(cell) for cell in cells]))).encode()


def write(folder: Path) -> dict[str, tuple[float, str]]:
    """Write all submissions, and return points and reason by file name."""
    expected = {}
    for name, case in CASES.items():
        data = case.cells if isinstance(case.cells, bytes) else notebook(case.cells)
        (folder / f"{name}.ipynb").write_bytes(data)
        expected[f"{name}.ipynb"] = case.points, case.reason
    (folder / "link.ipynb").symlink_to(folder / "perfect.ipynb")
    expected["link.ipynb"] = 0.0, "symbolic link"
    os.mkfifo(folder / "pipe.ipynb")
    expected["pipe.ipynb"] = 0.0, "not a file"
    with zipfile.ZipFile(folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("perfect.ipynb", b" " * 10**8)  # no notebook: it is left out
    (folder / "__MACOSX").mkdir()
    (folder / os.fsdecode(b"bytes-\xff.ipynb")).write_bytes(notebook(SOLUTION))
    expected[os.fsdecode(b"bytes-\xff.ipynb")] = FULL, ""
    return expected
