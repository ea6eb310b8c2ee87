"""Run the code of chapters without Jupyter: `python scripts/run_chapters.py --out FILE --minutes 3 [NOTEBOOK...]`.

Each notebook's code cells run as one script in a process of its own, figures drawn and thrown away. FILE gets a JSON
row a notebook: whether it ran to its end, seconds, and the last line of its error. What time does not allow is listed.
"""

import argparse
import ast
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("sequences", "words", "predictive", "vision")


def script(notebook: Path) -> str:
    """Return the code cells as one script, which shows what a cell's last line returns; magic commands do nothing."""
    lines = ["import matplotlib", 'matplotlib.use("Agg")', "import matplotlib.pyplot as _plt"]
    lines += ["def display(*shown, **options):", "    [repr(thing) for thing in shown]"]  # Jupyter's own is not there
    for number, cell in enumerate(json.loads(notebook.read_text(encoding="utf-8"))["cells"]):
        if cell["cell_type"] != "code":
            continue
        source = re.sub(r"^(\s*)[%!].*$", r"\1pass", "".join(cell["source"]), flags=re.MULTILINE)
        body = ast.parse(source).body
        if body and isinstance(body[-1], ast.Expr):
            last = body.pop()
            assert isinstance(last, ast.Expr)
            source = "\n".join(map(ast.unparse, body)) + f"\n_shown = {ast.unparse(last.value)}\n_ = repr(_shown)"
            source += "\nif hasattr(_shown, '_repr_html_'): _shown._repr_html_()"
        lines += [f"print('cell {number}', flush=True)", source, "_plt.close('all')"]
    return "\n".join(lines)


def run(notebook: Path, seconds: float) -> dict[str, Any]:
    """Run one notebook for at most so many seconds."""
    start = time.monotonic()
    try:
        done = subprocess.run(
            [sys.executable, "-c", script(notebook)],
            capture_output=True,
            text=True,
            timeout=seconds,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])},
        )
        state, error = ("ran", "") if done.returncode == 0 else ("failed", done.stderr.strip().splitlines()[-1])
        cells = done.stdout.count("cell ")
    except subprocess.TimeoutExpired as late:
        out = late.stdout or b""
        state, error, cells = "out of time", "", (out if isinstance(out, str) else out.decode()).count("cell ")
    row = {"notebook": notebook.stem, "state": state, "seconds": round(time.monotonic() - start, 1), "cells": cells}
    return row | ({"error": error} if error else {})


def main() -> int:
    """Run the chapters in the book's order; 1 if one fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notebooks", nargs="*", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=30.0)
    given = parser.parse_args()
    deadline, rows = time.monotonic() + 60 * given.minutes, []
    found = [path for part in PARTS for path in sorted((ROOT / "book" / part).glob("*.ipynb"))]
    for notebook in given.notebooks or found:
        left = deadline - time.monotonic()
        row = run(notebook, left) if left > 0 else {"notebook": notebook.stem, "state": "no time left"}
        rows.append(row)
        print(json.dumps(row), flush=True)
        given.out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return int(any(row["state"] == "failed" for row in rows))


if __name__ == "__main__":
    sys.exit(main())
