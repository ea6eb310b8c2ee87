"""Sphinx extension: a directive for the page "Test yourself" of a part, with the questions that its chapters have.

    ```{test-yourself} predictive words
    ```

The arguments are folders of chapters. Every chapter with a file of questions is in, so that a new one joins by itself.
"""

from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from lecturelib import quiz

BOOK = Path(__file__).resolve().parents[1]


def chapters(folder: str) -> list[Path]:
    """Return the notebooks in a folder of the book that have questions."""
    return [path for path in sorted((BOOK / folder).glob("*.ipynb")) if path.stem in quiz.chapters()]


def title(path: Path) -> str:
    """Return a notebook's title."""
    first: str = nbformat.read(path, as_version=4).cells[0].source
    return first.splitlines()[0].removeprefix("# ")


class TestYourself(SphinxDirective):
    """All questions of the chapters in some folders, mixed; on paper, where to find them."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Return the questions as HTML, and a sentence for other formats."""
        folders = self.arguments[0].split()
        found = [path for folder in folders for path in chapters(folder)]
        links = {path.stem: (title(path), f"../{path.parent.name}/{path.stem}.html") for path in found}
        for name in links:
            self.env.note_dependency(str(Path(quiz.__file__).parent / f"{name}.md"))
        html = quiz.test_yourself(*links, key=folders[-1], links=links).html
        return [nodes.raw("", html, format="html")]


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the directive."""
    app.add_directive("test-yourself", TestYourself)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
