"""Questions as HTML: folded choices that open by mouse and keyboard without a script; a score where scripts run."""

import random
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


def test_yourself(*names: str) -> Html:
    """Return all questions of some chapters, mixed, and how many were answered right at the first try.

    The score is kept by the reader's browser and never sent anywhere.

    Raises:
        ValueError: a chapter has no questions.

    """
    asked = [(f"{name}/{label}", question) for name in names for label, question in questions(name).items()]
    random.Random("test yourself").shuffle(asked)
    items = "\n".join(f"<li>{_question(question, name)}</li>" for name, question in asked)
    html = (
        f'<div class="lecture-test" data-test="{escape(" ".join(names))}">'
        f'<p class="lecture-score" role="status">{len(asked)} questions.</p>\n<ol>{items}</ol></div>'
    )
    return Html(f"questions: {', '.join(names)}", _with_style(html))


test_yourself.__test__ = False  # type: ignore[attr-defined]  # not a test, whatever pytest makes of its name


def _question(question: Question, name: str) -> str:
    """Return the question as HTML; `name` is its chapter and label."""
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
        f"<p><strong>Question.</strong> {_inline(question.text)}</p>\n{shown}</div>"
    )


def _with_style(html: str) -> str:
    style, script = (files("lecturelib.quiz").joinpath(f"quiz.{kind}").read_text("utf-8") for kind in ("css", "js"))
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
