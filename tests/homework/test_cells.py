"""The code of a submission as it is read from its notebook: what is refused, and what is not Python is taken out."""

import os
import time
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook, writes

from lecturelib.homework import cells


def test_a_folder_is_refused_and_leaves_no_handle(tmp_path: Path):
    before = os.listdir("/proc/self/fd")
    for _ in range(3):
        with pytest.raises(ValueError, match="not a file"):
            cells.read_bytes(tmp_path)
    assert os.listdir("/proc/self/fd") == before


@pytest.mark.parametrize(
    "text",
    [
        *(" " * 10**5 + "x y", "a " * 50_000, "a" * 10**5 + "? x", "a=" + " " * 10**5 + "x y"),
        *("(" * 10**5 + " x y", "'" * 10**5, '"""' + "\\" * 10**5, "'\\\n" * 30_000, '"' * 10**5 + "'"),
        *("%time -a" + " " * 10**5, "%time " + "-a 1 " * 20_000, "%time (\n" * 10_000, "!\\\n" * 30_000),
    ],
    ids=range(13),
)
def test_lines_for_ipython_are_found_in_linear_time(text: str):
    began = time.process_time()
    cells.plain("%pwd\n" + text)
    assert time.process_time() - began < 10  # milliseconds; what grows with the square takes minutes


def test_too_much_code_is_refused_before_it_is_parsed():
    def of(*sources: str) -> bytes:
        return writes(new_notebook(cells=[new_code_cell(source) for source in sources])).encode()

    long = "[" + "0," * 60_000 + "]"
    (_, source), (_, rest) = cells.read(of(long, "x = 1", "# Mine (not graded)\n" + long))
    assert "at most 100 kB" in source
    assert rest == "x = 1"
    with pytest.raises(ValueError, match="at most 1000 kB of code, got 1200 kB"):
        cells.read(of(*[long] * 10))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = 1\n# a % sign\ny = '''\n%s\n!\n'''", None),
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("if x:\n    !ls\ny = 2", "if x:\n    pass\ny = 2"),
        ("files = !ls\ntorch?\n?torch\ny = 3", "pass\npass\npass\ny = 3"),
        ("%%time\nx = 1", "\nx = 1"),
        ("%%bash\nrm -rf /", ""),
        ("%%writefile guest.py\nimport os", ""),
        ("def f(:", None),
        # within brackets, strings and continued lines they are Python's
        ("!pip install x\nassert y, ('got %d'\n       % y)", "pass\nassert y, ('got %d'\n       % y)"),
        ("!ls\nz = (x\n!= 2)", "pass\nz = (x\n!= 2)"),
        ("!ls\nz = x \\\n% 2\n%pwd", "pass\nz = x \\\n% 2\npass"),
        ('%pwd\nS = """\n%1\nwhy?\n"""\n!ls', 'pass\nS = """\n%1\nwhy?\n"""\npass'),
        ("%pwd\nS = '''a\\'''(\n!b''' # ('\n!ls", "pass\nS = '''a\\'''(\n!b''' # ('\npass"),
        ("%pwd\nS = 'it\\\n%s' % 1\n!ls", "pass\nS = 'it\\\n%s' % 1\npass"),
        ("%pwd\nf(\"(\", '#[', r'\\\\')\n!ls", "pass\nf(\"(\", '#[', r'\\\\')\npass"),
        ("%pwd\nS = 'a\x0cb\u2028'\r\n!ls", "pass\nS = 'a\x0cb\u2028'\npass"),
        # a shell line with a backslash continues in the next, and the lines below keep their numbers
        ("!pip install \\\n   torch\nx = 1", "pass\n\nx = 1"),
        ("!echo 'it (\nx = 1", "pass\nx = 1"),
        # what %time and %prun run is kept, what they only measure is not
        ("%time f = lambda x: 2 * x\ny = f(1)", "f = lambda x: 2 * x\ny = f(1)"),
        ("%time x = 3 + \\\n  4\ny = x", "x = 3 +    4\n\ny = x"),
        ("%prun -l 5 -q x = 1\n%timeit y = 2", "x = 1\npass"),
        ("z = %time 1 + 1\n%time\n%time 1 +", "z = 1 + 1\npass\npass"),
        ("  !ls\n  x = 1\n  if x:\n    y = 2", "pass\nx = 1\nif x:\n  y = 2"),
        ("# Try it (not graded)\nx = 1", "dropped"),
        ("x = 1  # (not graded)\ny", None),
        ("\n\n", "dropped"),
    ],
)
def test_cells_lose_what_is_not_python(source: str, expected: str | None):
    data = writes(new_notebook(cells=[new_code_cell(source)])).encode()
    found = [text for _, text in cells.read(data)]
    assert found == ([] if expected == "dropped" else [source if expected is None else expected])
