"""The book's results on one page: a table that a script sorts and filters, and a plain one where scripts are off.

>>> overview({"sequences/nade": ["nade-binarized-mnist", "nade-mnist-5k-14"]})
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from lecturelib import recipes
from lecturelib.demos.html import Html, compact, source
from lecturelib.recipes import wording

HEADER = ("system and data", "measure", "published", "ours, test", "trained")


@dataclass(frozen=True)
class Line:
    """One result.

    Attributes:
        system: model and data.
        measure: what is measured, and in which unit.
        published: the literature's number and where it stands; empty if none is known.
        ours: our number, with its spread where there are several seeds.
        trained: on how much, how often and for how long.

    """

    system: str
    measure: str
    published: str
    ours: str
    trained: str


def lines(name: str) -> list[Line]:
    """Return the results of a recipe, one for each budget that was run.

    Raises:
        ValueError: the recipe is unknown or has not been run.

    """
    content = recipes.results(name)
    return [
        Line(
            content["title"],
            measure(content),
            wording.published(content),
            wording.value(entry),
            _trained(budget, entry),
        )
        for budget, entry in content["budgets"].items()
    ]


def measure(content: Mapping[str, Any]) -> str:
    """Return what a recipe measures with its unit; a perplexity has none."""
    metric = content["metric"].removeprefix("test ")
    return metric if "perplexity" in metric else f"{metric}, {content['unit']}"


def _trained(budget: str, entry: Mapping[str, Any]) -> str:
    settings = entry["settings"]
    some = f"{settings['examples']:,} examples" if settings["examples"] else "all examples"
    passes = f"{settings['epochs']} pass{'es' * (settings['epochs'] > 1)}"
    return f"{budget}: {some}, at most {passes}, {wording.cpu_time(entry)}; {wording.seeds(entry)}"


def overview(chapters: Mapping[str, Sequence[str]], more: Mapping[str, Sequence[Line]] | None = None) -> Html:
    """Return one table of all results; it can be sorted by column and filtered by words.

    Args:
        chapters: for each chapter, such as "sequences/nade", the names of its recipes. A system links to its chapter,
            and a number to the page of its part, such as results/sequences.
        more: further results of chapters.

    Raises:
        ValueError: a recipe is unknown or has not been run.

    """
    rows = [(chapter, line) for chapter, names in chapters.items() for name in names for line in lines(name)]
    rows += [(chapter, line) for chapter, found in (more or {}).items() for line in found]
    order = [*chapters, *(more or {})]
    rows.sort(key=lambda row: order.index(row[0]))
    head = "".join(f'<th scope="col">{name}</th>' for name in HEADER)
    body = "\n".join(_row(chapter, line) for chapter, line in rows)
    html = (
        f"<style>{compact(source('table.css'))}</style>\n"
        f'<div class="lecture-table" role="region" aria-label="All results" tabindex="0">'
        f"<table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></div>\n"
        f"<script>{compact(source('table.js'))}</script>"
    )
    return Html(f"overview: {len(rows)} results", html)


def _row(chapter: str, line: Line) -> str:
    part = chapter.split("/")[0]
    cells = [
        f'<a href="{chapter}.html">{escape(line.system)}</a>',
        escape(line.measure),
        escape(line.published) or "—",
        f'<a href="results/{part}.html">{escape(line.ours)}</a>',
        escape(line.trained),
    ]
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
