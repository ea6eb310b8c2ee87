"""Notebooks as files: read, write, run in place, and normalise, so that a diff shows what changed and nothing else."""

import hashlib
import os
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from lecturelib.atomic import atomic_write

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
CELL_METADATA = {"tags", "mystnb", "slideshow", "slide"}
NOTEBOOK_METADATA = {"lecturelib", "mystnb"}


def read(path: Path) -> NotebookNode:
    """Return the notebook at `path` in nbformat's version 4.

    Raises:
        ValueError: the file is not a notebook.

    """
    try:
        notebook: NotebookNode = nbformat.read(path, as_version=4)
        return notebook
    except Exception as error:  # nbformat raises whatever its JSON and schema layers raise
        raise ValueError(f"{path}: expected a Jupyter notebook, got {type(error).__name__}: {error}") from None


def write(notebook: NotebookNode, path: Path) -> None:
    """Write the notebook; on an error the file stays as it was."""
    with atomic_write(path) as aside:
        aside.write_text(nbformat.writes(notebook).rstrip("\n") + "\n", encoding="utf-8")


def execute(path: Path, *, timeout: int = 900) -> None:
    """Run the notebook in its folder, normalise it and write it back; where a cell fails, the file stays as it was.

    Args:
        path: the notebook.
        timeout: seconds that one cell may take.

    Raises:
        ValueError: the file is not a notebook.
        RuntimeError: a cell failed; the message ends with its traceback.

    """
    notebook = read(path)
    resources = {"metadata": {"path": str(path.resolve().parent)}}
    client = NotebookClient(notebook, timeout=timeout, kernel_name="python3", resources=resources)
    client.extra_arguments = ["--IPKernelApp.log_level=ERROR"]  # it warns that it listens on the loopback interface
    try:
        client.execute(env=os.environ | {"LECTURELIB_QUIET": "1"})
    except CellExecutionError as error:
        raise RuntimeError(f"{path}: a cell failed: {error}") from None
    normalise(notebook)
    write(notebook, path)


def normalise(notebook: NotebookNode) -> None:
    """Remove, in place, everything that would differ between two runs of the same cells; it is idempotent.

    Cell ids are derived from the sources; execution times, widget states and views, stderr, the kernel's version and
    foreign metadata are removed; consecutive pieces of stdout, which the kernel splits anywhere, become one.
    """
    seen: dict[str, int] = {}
    for cell in notebook.cells:
        digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]
        seen[digest] = seen.get(digest, 0) + 1
        cell.id = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"
        cell.metadata = NotebookNode({k: v for k, v in cell.metadata.items() if k in CELL_METADATA})
        if cell.cell_type == "code":
            cell.outputs = _merged([output for output in cell.outputs if not _is_noise(output)])
    kept = {k: v for k, v in notebook.metadata.items() if k in NOTEBOOK_METADATA}
    notebook.metadata = nbformat.from_dict(
        kept
        | {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5


def _is_noise(output: NotebookNode) -> bool:
    return output.get("name") == "stderr" or WIDGET_VIEW in output.get("data", {})


def _merged(outputs: list[NotebookNode]) -> list[NotebookNode]:
    merged: list[NotebookNode] = []
    for output in outputs:
        if merged and output.output_type == "stream" == merged[-1].output_type:
            merged[-1].text += output.text
        else:
            merged.append(output)
    return merged
