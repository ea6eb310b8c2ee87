"""The page of the demo that writes a text: what it shows, and what PyTorch says of a text."""

import math
from typing import Any

import torch
from demo_pages import open_demo
from playwright.sync_api import Page
from small_models import sent_model

from lecturelib.datasets import load

WEIGHTS = "LectureDemos.loaded.shakespeare.weights"


def vocabulary() -> tuple[str, ...]:
    found = load("shakespeare").vocabulary
    assert found
    return found


def numbers(written: str) -> torch.Tensor:
    return torch.tensor([vocabulary().index(c) for c in written])


@torch.no_grad()
def log_probs(x: torch.Tensor) -> torch.Tensor:
    """log p(· | x_{<i}) in nats for every i, and for the character after the last: [length + 1, 84]."""
    further = torch.cat([x, x.new_zeros(1)])
    logits: torch.Tensor = sent_model("shakespeare").logits(further[None])[0][0]
    return logits.log_softmax(dim=1)


def bits(x: torch.Tensor) -> torch.Tensor:
    """-log₂ p(x_i | x_{<i}) of every character."""
    return -log_probs(x)[:-1].gather(1, x[:, None])[:, 0] / math.log(2)


def shown_text(page: Page) -> str:
    """Return the text that the model has read and written so far."""
    return str(page.evaluate("document.querySelector('.lecture-demo-text').textContent"))


def wait_for_length(page: Page, n: int) -> None:
    page.wait_for_function("n => document.querySelector('.lecture-demo-text')?.textContent.length >= n", arg=n)


def opened(watched: Any, beginning: str, theme: str = "light", **options: Any) -> Page:
    page = open_demo(watched, "shakespeare", theme, **options)
    page.get_by_label("Beginning of the text").fill(beginning)
    wait_for_text(page, beginning)
    return page


def wait_for_text(page: Page, wanted: str) -> None:
    page.wait_for_function("wanted => document.querySelector('.lecture-demo-text')?.textContent === wanted", arg=wanted)


def colours(page: Page) -> torch.Tensor:
    """Read how strongly each character is tinted, from 0 to 1."""
    script = """() => [...document.querySelectorAll(".lecture-demo-text span")].map((span) => {
        const [, , , alpha = 1] = getComputedStyle(span).backgroundColor.match(/[\\d.]+/g);
        return Number(alpha);
    })"""
    return torch.tensor(page.evaluate(script), dtype=torch.float64)


def percent(p: torch.Tensor) -> str:
    return "< 0.1%" if 0 < p < 0.001 else f"{100 * p:.1f}%"
