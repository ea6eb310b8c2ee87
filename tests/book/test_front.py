"""The front page: its cards and paths say what the notebooks say; a demo's still is a picture of what it drew."""

import re
from pathlib import Path

import pytest
import torch
from extensions import extension

from lecturelib.demos import stills
from lecturelib.demos.build import DEMOS

ROOT = Path(__file__).resolve().parents[2]
LISTED = re.findall(r"file: (book/(?:sequences|predictive|words|vision)/\w+)", (ROOT / "_toc.yml").read_text())
CONTENTS = [name for name in LISTED if (ROOT / f"{name}.ipynb").exists()]


@pytest.mark.parametrize("name", CONTENTS)
def test_a_chapter_has_what_its_card_needs(name: str):
    found = extension("chapter_map").read(ROOT / f"{name}.ipynb")
    suffix, content, description = found.picture
    assert found.title
    assert "`" not in found.title + found.question
    assert (suffix, content.lstrip()[:4]) in [("svg", "<?xm"), ("svg", "<svg"), ("png", "iVBO")]
    assert description


def test_the_time_of_a_path_is_the_chapters_share_of_it():
    front = extension("chapter_map")
    chapter = front.Chapter("A", "Why?", 40, (50, 150, 600, 200), ("", "", ""), False)
    assert front.minutes_to_read(chapter, None) == 40
    assert front.minutes_to_read(chapter, 1) == 8
    assert front.minutes_to_read(chapter, 2) == 32
    assert [front.in_words(m) for m in (2, 57, 149, 200, 241)] == [
        "5 minutes",
        "55 minutes",
        "2½ hours",
        "3½ hours",
        "4 hours",
    ]


def test_markdown_of_a_title_becomes_plain_text():
    assert (
        extension("chapter_map").plain("The {doc}`LSTM <lstm>`,\n*not* `RNN` or {term}`GRU`")
        == "The LSTM, not RNN or GRU"
    )


def test_a_still_shows_every_pixel_that_was_drawn():
    x = torch.zeros(1, 28, 28)
    x[0, 20, 5:8] = 1
    svg = stills.digits([torch.zeros(1, stills.KNOWN, 28), x])
    assert f"M5 {28 + stills.GAP + 20}h3v1h-3z" in svg
    assert svg.count("h3v1h-3z") == 1
    assert stills.text("A <b", "c\nd") == '<blockquote class="lecture-demo-still"><b>A &lt;b</b>c<br>d …</blockquote>'


@pytest.mark.slow
def test_every_demo_has_a_still():
    assert all('class="lecture-demo-still"' in stills.still(name) for name in DEMOS)


@pytest.mark.slow
def test_the_front_page_shows_every_chapter_and_its_number(site: Path):
    page = (site / "book/index.html").read_text(encoding="utf-8")
    cards = re.findall(r'chapter-card-number">(\d+)</span> <a href="([\w/]+)\.html"', page)
    assert [(int(number), f"book/{name}") for number, name in cards] == list(enumerate(CONTENTS, start=1))
    assert len(re.findall(r'class="path-time">', page)) == 3
    assert 'data-demo="pixelcnn"' in page
