"""The demo that writes a text, for readers with keys alone, a screen reader, or without moving parts."""

import pytest
from demo_pages import luminance, open_demo
from text_page import opened, shown_text, wait_for_length, wait_for_text

pytestmark = pytest.mark.slow


def test_keys_alone_are_enough(watched):
    page = open_demo(watched, "shakespeare")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+a")
    page.keyboard.type("Ay, sir")
    wait_for_text(page, "Ay, sir")
    for want in ("temperature", "seed"):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.dataset.in") == want
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    wait_for_length(page, 12)
    page.keyboard.press("Space")
    assert "Stopped" in page.locator(".lecture-demo-status").inner_text()
    page.keyboard.press("Tab")  # Start again
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "lecture-demo-text"
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert page.locator("[data-surprise]").count() == 0
    page.keyboard.press("Tab")
    page.keyboard.press("Home")
    assert str(page.get_by_role("slider", name="Character").get_attribute("aria-valuetext")).startswith("1 of ")
    assert page.locator("[data-at]").inner_text() == "A"


def test_nothing_moves_for_readers_who_prefer_that(watched):
    page = opened(watched, "A", reduced_motion="reduce")
    button = page.get_by_role("button", name="Write 100 characters")
    page.evaluate("""() => {
        window.changes = 0;
        new MutationObserver(() => { window.changes += 1; })
            .observe(document.querySelector(".lecture-demo-text"), { childList: true });
    }""")
    button.click()
    wait_for_length(page, 101)
    page.wait_for_timeout(300)
    assert len(shown_text(page)) == 101
    assert page.evaluate("window.changes") == 1  # all at once
    button.click()
    wait_for_length(page, 201)


def test_only_the_beginning_and_the_end_are_read_out(watched):
    page = opened(watched, "A")
    page.evaluate("""() => {
        window.said = [];
        for (const live of document.querySelectorAll("[role=status], [aria-live]")) {
            new MutationObserver(() => { window.said.push(live.textContent); })
                .observe(live, { childList: true, characterData: true, subtree: true });
        }
    }""")
    page.locator("[data-act=write]").click()
    wait_for_length(page, 30)
    page.locator("[data-act=write]").click()
    page.wait_for_timeout(200)
    assert len(page.evaluate("window.said")) == 2


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_letters_stand_out_from_their_tint(theme, watched):
    """Axe leaves out elements of a single letter."""
    page = opened(watched, "To be, or not to be: Zounds", theme)
    script = """() => [...document.querySelectorAll(".lecture-demo-text span")].map((span) => [
        getComputedStyle(span).color, getComputedStyle(span).backgroundColor,
        getComputedStyle(span.closest(".lecture-demo")).backgroundColor].map((c) => c.match(/[\\d.]+/g).map(Number)))"""
    tints = []
    for letter, background, paper in page.evaluate(script):
        tint, alpha = background[:3], (*background, 1)[3]  # an opaque one comes without its 1
        below = [alpha * t + (1 - alpha) * p for t, p in zip(tint, paper, strict=True)]
        light, dark = sorted((luminance(letter), luminance(below)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (theme, letter, below)
        tints.append(alpha)
    assert max(tints) > 0.95
