"""The demos in a real browser, from file://: keyboard and pointer, dark and light, a phone, a page without scripts."""

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from demo_pages import HEAD, THEME, drawn, grid, open_demo, settled, text, wait_for_change, wait_for_grid
from small_models import images, random_model

from lecturelib.demos import show
from lecturelib.demos.build import DEMOS, DIGITS, TEXTS, build, build_script, page_script, weights_script

pytestmark = pytest.mark.slow

SAME_PAGE = ("wikipedia", "forgetting")  # as shakespeare and cells


def test_keyboard_draws_and_completes(watched):
    page = open_demo(watched, "nade")
    page.get_by_role("button", name="Clear").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "lecture-demo-grid"
    before = wait_for_change(page, "all", text(page, "all"), lambda: page.keyboard.press("Space"))
    assert page.locator("[role=status]").inner_text() == "row 5, column 15: ink"
    page.keyboard.press("ArrowRight")
    assert page.locator("[role=status]").inner_text() == "row 5, column 16: paper"
    wait_for_change(page, "all", before, lambda: page.keyboard.press("Shift+ArrowDown"))
    assert page.locator("[role=status]").inner_text() == "row 6, column 16: ink"
    assert grid(page) == {(4, 14), (5, 15)}
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.in") == "rows"
    wait_for_change(page, "rows", "12 of 28", lambda: page.keyboard.press("ArrowRight"))
    assert text(page, "rows") == "13 of 28"
    page.keyboard.press("Tab")
    page.keyboard.press("Home")
    page.keyboard.press("Tab")
    completions = page.locator("[data-completion]")
    settled(page)
    old = completions.first.get_attribute("aria-label")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('[data-out=seed]')?.innerText === '1'")
    settled(page)
    assert text(page, "temperature") == "0.1"
    assert completions.first.get_attribute("aria-label") != old
    page.keyboard.press("Tab")
    chosen = completions.first.locator("span").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_function("want => document.querySelector('[data-out=all]')?.innerText === want", arg=chosen)
    assert {pixel for pixel in grid(page) if pixel[0] < 13} == {(4, 14), (5, 15)}  # the known rows stay


@pytest.mark.parametrize("touch", [False, True])
def test_pointer_draws_a_stroke_and_erases_it(touch, watched):
    page = open_demo(watched, "fvsbn", has_touch=touch)
    page.get_by_role("button", name="Clear").click()
    box = page.locator(".lecture-demo-grid").bounding_box()
    assert box

    def at(row: float, column: float) -> tuple[float, float]:
        return box["x"] + (column + 0.5) * box["width"] / 28, box["y"] + (row + 0.5) * box["height"] / 28

    if touch:
        page.touchscreen.tap(*at(3, 5))
        want = {(3, 5), (3, 6), (4, 5), (4, 6)}
    else:
        page.mouse.move(*at(3, 5))
        page.mouse.down()
        page.mouse.move(*at(3, 20))  # one jump: the stroke has to fill what lies between
        page.mouse.up()
        page.mouse.move(*at(20, 20))  # the pen is up
        want = {(row, column) for row in (3, 4) for column in range(5, 22)}
    wait_for_grid(page, want)
    page.mouse.click(*at(3, 5))
    wait_for_grid(page, want - {(3, 5), (3, 6), (4, 5), (4, 6)})


def test_the_slider_shows_each_pixel_before_it_is_drawn(watched):
    page = open_demo(watched, "sampling")
    model, x = random_model("fvsbn"), images(3)
    p = model.conditionals(x).detach()
    slider = page.get_by_role("slider")
    for sample, i in [(0, 0), (0, 1), (2, 500), (2, 783)]:
        page.get_by_label("Sample", exact=False).and_(page.get_by_role("combobox")).select_option(str(sample))
        slider.fill(str(i))
        assert text(page, "where") == f"i = {i + 1} of 784: row {i // 28 + 1}, column {i % 28 + 1}"
        assert abs(float(text(page, "p")) - float(p[sample, i])) <= 0.005 + 1e-6
        assert text(page, "x") == str(int(x[sample, i]))
        assert f"probability of ink at the next pixel {text(page, 'p')}" in str(slider.get_attribute("aria-valuetext"))
        assert drawn(page) == [int(v) for v in x[sample, :i]] + [-1] * (784 - i)
    slider.press("ArrowRight")
    assert text(page, "where") == "The image is complete."
    assert drawn(page) == [int(v) for v in x[2]]
    slider.press("Home")
    assert slider.input_value() == "0"


def test_play_runs_and_pauses_and_starts_anew(watched):
    page = open_demo(watched, "sampling")
    slider, button = page.get_by_role("slider"), page.get_by_role("button")
    slider.fill("784")
    button.click()
    assert button.inner_text() == "Pause"
    page.wait_for_function("Number(document.querySelector('input')?.value) > 10")
    button.press("Enter")
    assert button.inner_text() == "Play"
    stopped = slider.input_value()
    assert 10 < int(stopped) < 784
    page.wait_for_timeout(150)
    assert slider.input_value() == stopped
    slider.fill("770")
    button.click()
    page.wait_for_function("document.querySelector('input')?.value === '784'")
    assert button.inner_text() == "Play"


def test_nothing_moves_for_readers_who_prefer_that(watched):
    page = open_demo(watched, "sampling", reduced_motion="reduce")
    slider, button = page.get_by_role("slider"), page.get_by_role("button")
    slider.fill("30")
    assert button.inner_text() == "Next row"
    button.click()
    assert slider.input_value() == "56"
    page.wait_for_timeout(150)
    assert slider.input_value() == "56"


def test_slow_completions_come_one_by_one_and_never_of_an_older_drawing(watched):
    page = open_demo(watched, "pixelcnn")
    settled(page)
    assert "for each of the 448 unknown pixels: 16.0 billion" in text(page, "cost")
    page.evaluate("""() => {
        window.busy = 0;
        new MutationObserver((all) => { window.busy += all.filter((one) => one.target.ariaBusy === "true").length; })
            .observe(document.querySelector(".lecture-demo-completions"), { attributeFilter: ["aria-busy"] });
    }""")
    page.get_by_role("button", name="Example digit 7").click()
    page.get_by_role("button", name="Clear").click()
    page.get_by_label("Known rows").fill("28")
    page.wait_for_function("document.querySelector('[data-out=rows]')?.innerText === '28 of 28'")
    settled(page)
    assert page.evaluate("window.busy") >= 2  # frames that ended before the last completion was drawn
    assert set(page.locator("[data-completion] span").all_inner_texts()) == {text(page, "all")}
    assert text(page, "cost").endswith("Here nothing is left to draw.")
    assert page.locator("[data-completion] canvas[style*='0.3']").count() == 0
    page.get_by_role("button", name="Completion 6").click()
    settled(page)
    assert grid(page) == set()


def test_a_demo_loads_only_when_scrolled_to(watched, site):
    head = HEAD.format(theme="light", root='data-content_root="../"', style=THEME)
    far = "<div style='height: 5000px'></div>"
    (site / "book" / "far.html").write_text(head + far + show("nade")._repr_html_() + show("fvsbn")._repr_html_())
    page = watched().open("book/far.html")
    page.wait_for_timeout(150)
    assert page.evaluate("typeof LectureDemos") == "undefined"
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_function("document.querySelectorAll('.lecture-demo-completions').length === 2")


def test_a_notebook_without_the_site_is_told_what_to_do(watched):
    page = watched().open("notebook.html")
    page.wait_for_selector("code")
    assert page.locator("code").inner_text() == 'show("nade", inline=True)'


def test_a_site_without_weights_says_so_quietly(watched, tmp_path):
    one = watched()
    one.site = tmp_path
    build(tmp_path / "demos", weights=tmp_path)
    head = HEAD.format(theme="light", root='data-content_root="./"', style=THEME)
    (tmp_path / "page.html").write_text(head + show("nade")._repr_html_())
    page = one.open("page.html")
    page.wait_for_selector("code")


def test_inline_works_without_a_site(watched):
    page = watched().open("inline.html")
    assert page.locator("[data-completion]").count() == 6
    assert re.fullmatch(r"−\d+\.\d", text(page, "all"))


def test_one_page_holds_two_texts_and_digits(watched, site):
    head, first = (site / "book" / "shakespeare-light.html").read_text().split("<main>")
    digits = (site / "book" / "nade-light.html").read_text().split("<h1>A</h1>")[1]
    (site / "book" / "both.html").write_text(f"{head}<main>{first}{digits}{first.split('</h1>')[1]}")
    page = watched().open("book/both.html")
    page.wait_for_function("document.querySelectorAll('.lecture-demo[data-ready]').length === 3")
    assert page.locator(".lecture-demo-text").count() == 2
    assert page.locator(".lecture-demo-completions").count() == 1
    page.locator("[data-act=write]").last.click()
    page.wait_for_function("document.querySelectorAll('.lecture-demo-text')[1].textContent.length > 40")
    assert page.locator(".lecture-demo-text").first.text_content() == "JULIET.\nO Romeo, "


def test_a_text_needs_the_site_or_inline_weights(watched, site, weights):
    head = HEAD.format(theme="light", root="", style="")
    (site / "text.html").write_text(head + show("shakespeare")._repr_html_())
    page = watched().open("text.html")
    page.wait_for_selector("code")
    assert page.locator("code").inner_text() == 'show("shakespeare", inline=True)'
    scripts = build_script(["shakespeare"]) + page_script("text") + weights_script("shakespeare", weights=weights)
    place = "<div class='lecture-demo' data-demo='shakespeare'></div>"
    (site / "text-inline.html").write_text(f"{head}{place}<script>{scripts}</script>")
    page = watched().open("text-inline.html")
    page.wait_for_function("document.querySelector('.lecture-demo-text')?.textContent === 'JULIET.\\nO Romeo, '")


def test_without_javascript_a_sentence_stands_there(browser, site):
    for name, words in [
        ("sampling", "needs JavaScript"),
        ("nade", "draw the top of a digit and the model completes it. It needs JavaScript"),
        ("shakespeare", "type the beginning of a text and the model writes on. It needs JavaScript"),
    ]:
        page = browser.new_page(java_script_enabled=False)
        page.goto(f"{site.as_uri()}/book/{name}-light.html")
        assert words in page.locator(".lecture-demo").inner_text()
        page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["sampling", *(name for name in DEMOS if name not in SAME_PAGE)])
def test_accessible_and_narrow_enough_for_a_phone(name, theme, watched):
    page = open_demo(watched, name, theme, viewport={"width": 375, "height": 800})
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 375
    if name in DIGITS:
        settled(page)
    if name in TEXTS:
        page.get_by_label("Beginning of the text").fill("\u00e9 Of all sorts, Zounds; [qxz]")
        page.locator("[data-act=write]").click()
        page.wait_for_function("document.querySelectorAll('.lecture-demo-text span').length > 60")
        page.locator("[data-act=write]").click()
    findings = [v for v in Axe().run(page).response["violations"] if v["impact"] in ("serious", "critical")]
    assert not findings, json.dumps([(v["id"], [n["html"] for n in v["nodes"]]) for v in findings], indent=1)[:2000]
