"""The slider over figures: every picture is there and shown in its turn, by hand, by key and by itself."""

import base64
import io
import json
import re
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from demo_pages import HEAD, THEME, text
from matplotlib.figure import Figure
from numpy.typing import NDArray
from playwright.sync_api import Page

from lecturelib.demos import frame_slider

LABELS = ("1 layer", "2 <layers>", "3 layers", 'all "four"')


def block(k: int, width: float = 4.0) -> Figure:
    """Draw a figure of which picture k has a black block in the k-th quarter."""
    figure = Figure(figsize=(width, 2))
    figure.add_axes((k / 4, 0, 0.25, 1), facecolor="black", xticks=[], yticks=[])
    return figure


def slider(**changes: Any) -> Any:
    arguments: dict[str, Any] = {"frames": [block(k) for k in range(4)], "labels": LABELS}
    return frame_slider(**(arguments | {"title": 'A "title" & more', "alt": "A <block>."} | changes))


def pictures(html: str) -> list[NDArray[Any]]:
    stored = re.findall(r'src="data:image/png;base64,([^"]+)"', html)
    return [plt.imread(io.BytesIO(base64.b64decode(png))) for png in stored]


def test_the_pictures_are_the_figures_and_the_same_on_every_run():
    html = slider()._repr_html_()
    images = pictures(html)
    assert len(images) == 4
    for k, image in enumerate(images):
        assert image.shape == (220, 440, 4)
        dark = image[:, :, 0].reshape(220, 4, 110).mean(axis=(0, 2)) < 0.5
        assert dark.tolist() == [n == k for n in range(4)]
        assert (image[:, :, 3] == 1).all()
    assert html == slider()._repr_html_()
    assert repr(slider()) == "Html(name='frame slider: A \"title\" & more')"
    assert b"matplotlib" not in base64.b64decode(re.findall(r"base64,([^\"]+)", html)[0]).lower()
    assert 'aria-label="A &quot;title&quot; &amp; more"' in html
    assert not re.search(r"https?://", html)


def test_a_readers_own_settings_change_nothing():
    html = slider()._repr_html_()
    with plt.rc_context({"savefig.bbox": "tight", "savefig.transparent": True, "savefig.dpi": 30}):
        assert slider()._repr_html_() == html


def test_a_question_may_be_shown_first():
    html = slider(first=0)._repr_html_()
    assert [" hidden>" in image for image in re.findall(r"<img[^>]*>", html)] == [False, True, True, True]
    assert "Picture 1 of 4: 1 layer." in html


def test_a_figure_may_come_twice():
    figure = block(1)
    html = slider(frames=[figure, figure], labels=LABELS[:2])._repr_html_()
    assert html.count(" hidden>") == 1


@pytest.mark.usefixtures("plain_errors")
def test_bad_arguments_are_named():
    cases: list[tuple[dict[str, Any], type[Exception], str]] = [
        ({"frames": []}, ValueError, r"^frames: expected at least two figures, got 0"),
        ({"first": 4}, ValueError, r"^first: expected an integer from 0 to 3, got 4"),
        ({"labels": LABELS[:3]}, ValueError, r"^labels: expected 4, one per frame, got 3"),
        ({"labels": "abcd"}, TypeError, r"^labels: expected a list of strings, got 'abcd'"),
        ({"labels": [1, 2, 3, 4]}, TypeError, r"^labels: expected a list of strings, got \[1, 2, 3, 4\]"),
        ({"frames": [block(0), np.zeros(3)]}, TypeError, r"^frames: expected matplotlib figures, got ndarray at 1"),
        (
            {"frames": [block(0), block(1, 5)]},
            ValueError,
            r"^frames: .* one size, got 4 x 2 inches at 0 and 5 x 2 at 1",
        ),
    ]
    for changes, kind, message in cases:
        with pytest.raises(kind, match=message) as error:
            slider(**changes)
        assert "\n" not in str(error.value)


def written(site: Path, theme: str = "light") -> str:
    head = HEAD.format(theme=theme, root='data-content_root="../"', style=THEME)
    (site / "book" / f"frames-{theme}.html").write_text(head + slider()._repr_html_())
    return f"book/frames-{theme}.html"


def opened(watched: Any, site: Path, theme: str = "light", **options: Any) -> Page:
    page: Page = watched(**options).open(written(site, theme))
    page.wait_for_selector("input[type=range]")
    return page


SHOWN = """() => [...document.images].map((image, k) => [k, image])
    .filter(([, image]) => image.checkVisibility() && image.naturalWidth === 440 && image.getBoundingClientRect().width)
    .map(([k]) => k)"""


def shown(page: Page) -> int:
    visible = page.evaluate(SHOWN)
    assert len(visible) == 1
    return int(visible[0])


@pytest.mark.slow
def test_the_slider_shows_the_picture_it_stands_at(watched, site):
    page = opened(watched, site)
    control = page.get_by_role("slider", name="Picture")
    assert shown(page) == 3
    for k in (0, 2, 1):
        control.fill(str(k))
        assert shown(page) == k
        assert control.get_attribute("aria-valuetext") == LABELS[k]
        assert (text(page, "label"), text(page, "count")) == (LABELS[k], f"{k + 1} of 4")
        assert page.get_by_role("img").get_attribute("alt") == f"{LABELS[k]}: A <block>."
    assert page.get_by_role("group").get_attribute("aria-label") == 'A "title" & more'
    assert page.locator("[data-note]").count() == 0


@pytest.mark.slow
def test_the_picture_on_the_screen_is_the_figure(watched, site):
    page = opened(watched, site, viewport={"width": 900, "height": 600})
    for k in range(4):
        page.get_by_role("slider").fill(str(k))
        screen = plt.imread(io.BytesIO(page.get_by_role("img").screenshot()))
        dark = [bool(screen[110, 55 + 110 * n, 0] < 0.5) for n in range(4)]
        assert dark == [n == k for n in range(4)]


@pytest.mark.slow
def test_keys_move_and_play_runs_pauses_and_starts_anew(watched, site):
    page = opened(watched, site)
    page.keyboard.press("Tab")
    button = page.get_by_role("button")
    assert page.evaluate("document.activeElement.tagName") == "BUTTON"
    page.keyboard.press("Enter")  # at the end: starts anew
    assert (shown(page), button.inner_text()) == (0, "Pause")
    page.wait_for_function("document.querySelector('input')?.value === '1'")
    page.keyboard.press("Enter")
    assert button.inner_text() == "Play"
    page.wait_for_timeout(1000)
    assert shown(page) == 1
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert shown(page) == 2
    page.keyboard.press("Home")
    assert shown(page) == 0
    page.get_by_role("slider").fill("2")
    button.click()
    assert (shown(page), button.inner_text()) == (3, "Play")  # nothing is left to play


@pytest.mark.slow
def test_moving_the_slider_stops_it(watched, site):
    page = opened(watched, site)
    page.get_by_role("button").click()
    page.get_by_role("slider").fill("1")
    assert page.get_by_role("button").inner_text() == "Play"
    page.wait_for_timeout(1000)
    assert shown(page) == 1


@pytest.mark.slow
def test_nothing_moves_for_readers_who_prefer_that(watched, site):
    page = opened(watched, site, reduced_motion="reduce")
    button = page.get_by_role("button", name="Next")
    for k in (0, 1):
        button.click()
        assert shown(page) == k
    page.wait_for_timeout(1000)
    assert shown(page) == 1


@pytest.mark.slow
def test_two_sliders_on_a_page_do_not_touch_each_other(watched, site):
    path = site / written(site)
    path.write_text(path.read_text() + slider()._repr_html_())
    page = watched().open(str(path.relative_to(site)))
    page.get_by_role("slider").first.fill("1")
    assert page.evaluate(SHOWN) == [1, 7]


@pytest.mark.slow
def test_the_slider_stands_at_the_picture_that_is_shown_first(watched, site):
    path = site / written(site)
    path.write_text(path.read_text().replace(slider()._repr_html_(), slider(first=1)._repr_html_()))
    page = watched().open(str(path.relative_to(site)))
    assert (shown(page), page.get_by_role("slider").input_value()) == (1, "1")


@pytest.mark.slow
def test_without_javascript_the_last_picture_stands_there(browser, site):
    page = browser.new_page(java_script_enabled=False)
    page.goto(f"{site.as_uri()}/{written(site)}")
    visible = [image.is_visible() for image in page.locator("img").all()]
    assert visible == [False, False, False, True]
    assert 'Picture 4 of 4: all "four". The others need JavaScript.' in page.locator(".lecture-demo").inner_text()
    page.close()


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_accessible_and_narrow_enough_for_a_phone(theme, watched, site):
    page = opened(watched, site, theme, viewport={"width": 375, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    box = page.get_by_role("img").bounding_box()
    assert box
    assert box["height"] == pytest.approx(box["width"] / 2, abs=1)
    findings = [v for v in Axe().run(page).response["violations"] if v["impact"] in ("serious", "critical")]
    assert not findings, json.dumps([(v["id"], [n["html"] for n in v["nodes"]]) for v in findings], indent=1)[:2000]
