"""The pieces that make up a demo: its source files, and an object that a notebook displays as HTML."""

import re
from dataclasses import dataclass, field
from importlib.resources import files

COMMENT = re.compile(r"^[ \t]*/\*((?!\*/).)*\*/[ \t]*$", re.MULTILINE | re.DOTALL)  # on lines of its own


@dataclass(frozen=True)
class Html:
    """What a notebook cell shows: `html` in a browser, `name` as plain text; the same on every run."""

    name: str
    html: str = field(repr=False)

    def _repr_html_(self) -> str:
        return self.html


def source(name: str) -> str:
    """Return the text of the .js or .css file `name` in `web/`."""
    return files("lecturelib.demos").joinpath("web", name).read_text(encoding="utf-8")


def compact(code: str) -> str:
    """Return `code` (JavaScript or CSS) without indentation, empty lines and the lines that are comments."""
    lines = (line.strip() for line in COMMENT.sub("", code).splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))
