"""The shape of a chapter: each way to miss it is named; and how figures and code reach the page."""

import nbformat
import pytest
from extensions import extension
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from lecturelib import chapter
from lecturelib.notebooks.shape import shape_problems

EXERCISE = """```{{exercise}}
:label: ex-a-{0}
What?
```

```{{admonition}} Hint
:class: dropdown tip
Think.
```

```{{solution}} ex-a-{0}
:class: dropdown
So.
```"""
BOX = """```{admonition} In this chapter
**You will be able to** see · say · sum.

**Know before**: sums.

**Time**: ten minutes.
```"""


def chapter_notebook() -> nbformat.NotebookNode:
    figure = {"caption": "A thing.", "name": "fig-a-thing"}
    drawn = new_code_cell("figures.thing()", metadata={"tags": ["hide-input"], "mystnb": {"figure": figure}})
    drawn.outputs = [new_output("execute_result", {"image/svg+xml": "<svg></svg>", "text/plain": "Figure"})]
    asked = [new_code_cell(f'quiz.ask("a", "{k}")', metadata={"tags": ["remove-input"]}) for k in range(5)]
    end = "\n\n".join(
        [
            "## In practice\n\nThe library.",
            "## What to remember\n\n" + "\n".join(f"- point {k}" for k in range(5)),
            "## Exercises\n\n" + "\n\n".join(EXERCISE.format(k) for k in range(5)),
            "## What came after\n\nMore.",
        ]
    )
    cells = [new_markdown_cell("# A\n\n**Why?** Because."), drawn, new_markdown_cell(BOX), *asked]
    return new_notebook(cells=[*cells, new_markdown_cell("See {numref}`fig-a-thing`.\n\n" + end)])


def test_a_chapter_of_this_shape_is_right():
    assert list(shape_problems(chapter_notebook())) == []


WRONG = {
    "question": (0, "**Why?**", "Why?", "the chapter's question in bold"),
    "box": (2, "{admonition} In this", "{admonition} This", "expected one box"),
    "promise": (2, "**Know before**: sums.", "", "expected **Know before**"),
    "practice": (-1, "## In practice", "## For real", "expected the last sections"),
    "points": (-1, "- point 4", "", "expected five points, got 4"),
    "reference": (-1, "{numref}`fig-a-thing`", "it", "fig-a-thing: expected a reference"),
    "hint": (-1, "{admonition} Hint", "{note}", "ex-a-0: expected a hint"),
    "solution": (-1, "{solution} ex-a-3", "{solution} ex-a-9", "ex-a-3: expected a hint and a solution"),
    "exercise": (-1, EXERCISE.format(4), "", "expected five exercises or more, got 4"),
    "asked": (3, "quiz.ask", "quiz.tell", "expected 5 to 8 cells"),
    "wide": (3, "quiz.ask", "quiz.ask" + " " * 80, "expected lines of at most 79 columns"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_missing_is_named(case: str):
    where, old, new, message = WRONG[case]
    notebook = chapter_notebook()
    assert old in notebook.cells[where].source
    notebook.cells[where].source = notebook.cells[where].source.replace(old, new, 1 if case != "hint" else -1)
    assert any(message in problem for problem in shape_problems(notebook))


def test_code_before_the_box_is_folded_and_pictures_have_captions():
    notebook = chapter_notebook()
    notebook.cells[1].metadata = nbformat.from_dict({})
    found = " ".join(shape_problems(notebook))
    assert "expected the code before the box to be folded" in found
    assert "expected a caption and a name" in found
    notebook.cells[1].outputs = []
    assert "expected a picture or a demo before the box" in list(shape_problems(notebook))


def with_checks(
    x: list[int], *, names: tuple[str, ...] = ("one", "two", "three", "four", "five"), total: int = 0
) -> int:
    """Say nothing that the page shows."""
    if not x:
        raise ValueError("x: expected numbers")
    for value in x:
        if value < 0:
            raise ValueError("x: expected numbers of 0 or more")
    total = sum(x) + total + len(names)  # a comment at the end of its line, so long that the line would be cut off
    return total


def test_shown_source_fits_the_page_without_checks():
    shown = repr(chapter.show_source(with_checks))
    assert max(map(len, shown.splitlines())) <= 79
    assert "raise" not in shown
    assert "Say nothing" not in shown
    assert "    # a comment at the end" in shown
    assert "total = sum(x) + total + len(names)\n" in shown


def test_a_figure_in_the_page_has_a_label_own_ids_and_no_ground():
    svg = (
        '<?xml version="1.0"?><svg xmlns:xlink="x" width="72pt" height="36pt" viewBox="0 0 72 36">'
        '<metadata>who</metadata><g id="patch_1"> <path d="M 0 0" style="fill: #ffffff"/> </g>'
        '<g id="line"><use xlink:href="#line" clip-path="url(#p1)"/></g></svg>'
    )
    clean = extension("inline_figures").clean(svg, "f3-", 'A "thin" line < 1')
    assert clean.startswith('<svg class="figure" role="img" aria-label="A &quot;thin&quot; line &lt; 1"')
    assert 'width="96" height="48"' in clean
    assert 'viewBox="0 0 72 36"' in clean
    assert 'id="f3-line"' in clean
    assert 'xlink:href="#f3-line"' in clean
    assert "url(#f3-p1)" in clean
    assert "#ffffff" not in clean
    assert "who" not in clean
