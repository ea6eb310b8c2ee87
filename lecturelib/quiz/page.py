"""Questions as HTML: folded choices that open by mouse and keyboard without a script; a score where scripts run."""

import random
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from string import ascii_lowercase

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from lecturelib import checks
from lecturelib.demos.html import Html, compact
from lecturelib.quiz.questions import Question, questions


def ask(chapter: str, label: str) -> Html:
    """Return one question of a chapter. Each choice opens, and says whether it is right and why.

    Raises:
        ValueError: the chapter has no such question.

    """
    found = questions(chapter)
    checks.one_of("label", label, list(found))
    return Html(f"question: {chapter}, {label}", _with_style(_question(found[label], f"{chapter}/{label}")))


def test_yourself(
    *names: str,
    key: str = "",  # noqa: PT028
    links: Mapping[str, tuple[str, str]] | None = None,  # noqa: PT028
) -> Html:
    """Return all questions of some chapters, mixed, and how many were answered right at the first try.

    The score is kept by the reader's browser and never sent anywhere.

    Args:
        names: of the chapters.
        key: under which the browser keeps the score; default the names. With a key it survives a new chapter.
        links: title and address of each chapter's page; below a question stands where to read about it.

    Raises:
        ValueError: a chapter has no questions.

    """
    asked = [(name, label, question) for name in names for label, question in questions(name).items()]
    random.Random("test yourself").shuffle(asked)
    items = "\n".join(
        f"<li>{_question(question, f'{name}/{label}', (links or {}).get(name))}</li>" for name, label, question in asked
    )
    html = (
        f'<div class="lecture-test" data-test="{escape(key or " ".join(names))}">'
        f'<p class="lecture-score" role="status">{len(asked)} questions.</p>\n<ol>{items}</ol></div>'
    )
    return Html(f"questions: {', '.join(names)}", _with_style(_with_style(html), "test"))


test_yourself.__test__ = False  # type: ignore[attr-defined]  # not a test, whatever pytest makes of its name


def _question(question: Question, name: str, link: tuple[str, str] | None = None) -> str:
    """Return the question as HTML; `name` is its chapter and label, `link` the title and address of its page."""
    source = f'<p class="lecture-from">From <a href="{escape(link[1])}">{escape(link[0])}</a>.</p>' if link else ""
    if question.answer is None:
        shown = "\n".join(
            f"<details data-right={'yes' if choice.right else 'no'}>"
            f"<summary>({letter}) {_inline(choice.text)}</summary>"
            f"<p><strong>{'Right.' if choice.right else 'No.'}</strong> {_inline(choice.reason)}</p></details>"
            for letter, choice in zip(ascii_lowercase, question.choices, strict=False)
        )
    else:
        shown = (
            f'<details class="lecture-number" data-answer="{question.answer:g}"><summary>Answer</summary>'
            f"<p><strong>{question.answer:,g}.</strong> {_inline(question.reason)}</p></details>"
        )
    return (
        f'<div class="lecture-quiz" data-question="{escape(name)}">'
        f"<p><strong>Question.</strong> {_inline(question.text)}</p>\n{shown}{source}</div>"
    )


def _with_style(html: str, name: str = "quiz") -> str:
    style, script = (files("lecturelib.quiz").joinpath(f"{name}.{kind}").read_text("utf-8") for kind in ("css", "js"))
    return f"<style>{compact(style)}</style>\n{html}\n<script>{compact(script)}</script>"


def _markdown() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False}).use(dollarmath_plugin, double_inline=False)
    reader.add_render_rule("math_inline", _math)
    return reader


def _math(self: object, tokens: list[object], index: int, options: object, env: object) -> str:
    """Return a formula as the site's pages and Jupyter typeset it."""
    return rf'<span class="math notranslate nohighlight">\({escape(tokens[index].content)}\)</span>'  # type: ignore[attr-defined]


def _inline(text: str) -> str:
    return str(_MARKDOWN.renderInline(text))


_MARKDOWN = _markdown()
