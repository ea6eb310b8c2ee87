"""The demo that writes a text, in a real browser: its numbers are PyTorch's, and it does what its page says."""

import re

import pytest
import torch
from demo_pages import open_demo, text
from small_models import characters, sent_model
from test_demo_numbers import seconds
from text_page import (
    WEIGHTS,
    bits,
    colours,
    log_probs,
    numbers,
    opened,
    percent,
    shown_text,
    vocabulary,
    wait_for_length,
    wait_for_text,
)

pytestmark = pytest.mark.slow


def test_log_probabilities_equal_pytorch(watched):
    page = open_demo(watched, "shakespeare")
    x = characters(300)
    script = f"x => LectureDemos.pages.text.read({WEIGHTS}, x).map(p => [...p])"
    got = torch.tensor(page.evaluate(script, x.tolist()), dtype=torch.float64)
    want = log_probs(x)
    assert want.std(0).mean() > 0.5  # else a model that ignores x could pass
    assert (got - want).abs().max() <= 1e-6
    assert got.exp().sum(1).sub(1).abs().max() < 1e-12


@pytest.mark.parametrize("temperature", [0, 0.5, 1])
@pytest.mark.parametrize("given", [0, 20])
def test_what_is_written_equals_pytorch_from_shared_uniforms(temperature, given, watched):
    page = open_demo(watched, "shakespeare")
    prompt, model = characters(20)[None, :given], sent_model("shakespeare")
    want = model.sample(prompt, 150, temperature=temperature, generator=torch.Generator().manual_seed(5))[0]
    u = torch.rand(1, 150, generator=torch.Generator().manual_seed(5), dtype=torch.float64)[0]
    script = f"""([x, us, temperature]) => {{
        const next = us[Symbol.iterator]();
        return LectureDemos.pages.text.write({WEIGHTS}, x, us.length, () => next.next().value, temperature);
    }}"""
    assert page.evaluate(script, [prompt[0].tolist(), u.tolist(), temperature]) == want.tolist()


def test_the_time_of_a_character_of_512_units(watched):
    """The aim is 10 ms of the processor; ten times that would be another algorithm."""
    page = open_demo(watched, "shakespeare")
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})  # of the processor: the machine may be busy
    page.evaluate("""() => {
        const random = (n) => Float32Array.from({ length: n }, () => 0.1 * Math.random() - 0.05);
        window.large = { "recurrent.W_x.0": random(84 * 2048), "recurrent.W_h.0": random(512 * 2048),
          "recurrent.b.0": random(2048), "out.weight": random(84 * 512), "out.bias": random(84) };
    }""")
    each = []
    for _ in range(3):
        before = seconds(devtools)
        page.evaluate("() => { LectureDemos.pages.text.write(large, [], 100, LectureDemos.uniforms(0)); }")
        each.append(10 * (seconds(devtools) - before))
    print(f"{', '.join(f'{one:.1f}' for one in each)} ms a character (aim: under 10)")
    assert 0.1 < min(each) < 100


def test_the_text_grows_until_stopped_and_is_the_same_for_the_same_seed(watched):
    page = opened(watched, "KING.\nWhat")
    button = page.locator("[data-act=write]")
    button.click()
    assert button.inner_text() == "Stop"
    wait_for_length(page, 20)
    some = shown_text(page)
    wait_for_length(page, 50)
    button.click()
    said = re.search(r"Stopped: (\d+) characters written", page.locator(".lecture-demo-status").inner_text())
    assert said
    page.wait_for_timeout(300)
    first = shown_text(page)
    assert first.startswith(some)
    assert some.startswith("KING.\nWhat")
    assert len(first) == 10 + int(said[1])
    button.click()  # goes on where it stopped
    wait_for_length(page, len(first) + 20)
    button.click()
    long = shown_text(page)
    assert long.startswith(first)

    page.get_by_role("button", name="Start again").click()
    wait_for_text(page, "KING.\nWhat")
    button.click()
    wait_for_length(page, 60)
    button.click()
    n = min(len(long), len(shown_text(page)))
    assert n >= 60
    assert shown_text(page)[:n] == long[:n]
    page.get_by_label("Random seed").fill("1")
    wait_for_text(page, "KING.\nWhat")
    button.click()
    wait_for_length(page, 60)
    assert shown_text(page)[10:60] != long[10:60]


def test_temperature_0_writes_the_likeliest(watched):
    page = opened(watched, "A")
    page.get_by_label("Temperature").fill("0")
    page.locator("[data-act=write]").click()
    wait_for_length(page, 40)
    page.locator("[data-act=write]").click()
    x = numbers(shown_text(page))
    assert torch.equal(x[1:], log_probs(x)[1:-1].argmax(1))


def test_typing_on_keeps_what_is_read_and_a_change_reads_anew(watched):
    page = opened(watched, "To be, or")
    for wanted in ("To be, or not", "To bo", "", "O"):
        page.get_by_label("Beginning of the text").fill(wanted)
        wait_for_text(page, wanted)
        mean = f", {bits(numbers(wanted)).mean():.2f} bits each" if wanted else ". Written: 0"
        line = f"Typed: {len(wanted)} characters{mean}"
        page.wait_for_function(
            "line => document.querySelector('[data-out=mean]')?.innerText.startsWith(line)", arg=line
        )


def test_colours_and_bars_are_the_models_probabilities(watched):
    beginning = "Good morrow,\nsir."
    page = opened(watched, beginning)
    x = numbers(beginning)
    want, all_bits = log_probs(x), bits(x)
    assert (colours(page) - (all_bits / 8).clamp(max=1)).abs().max() < 0.01
    names = {" ": "space", "\n": "new line"}
    slider = page.get_by_role("slider", name="Character")
    for i in (4, 12, 0, len(x)):
        if i in (4, 0):
            page.locator(".lecture-demo-text span").nth(i).hover()
        else:
            slider.fill(str(i + 1))
        p, best = want[i].exp().topk(5)
        rows = page.locator(".lecture-demo-bars > div").all_inner_texts()
        assert [row.split()[-1] for row in rows[:5]] == [percent(one) for one in p]
        best_names = [names.get(vocabulary()[k], vocabulary()[k]) for k in best]
        assert [" ".join(row.split()[:-1]) for row in rows[:5]] == best_names
        assert rows[5].split()[0] == "79"
        assert rows[5].split()[-1] == percent(1 - p.sum())
        came = page.locator(".lecture-demo-came span:first-child").all_inner_texts()
        assert slider.input_value() == str(i + 1)
        if i == len(x):
            assert came == []
            assert text(page, "at") == "18 of 18: the next, not yet written"
            continue
        c = beginning[i]
        assert came == [names.get(c, c) if x[i] in best else "79 others"]
        said = f"{names.get(c, f'“{c}”')}, {all_bits[i]:.1f} bits, p = {percent(want[i, x[i]].exp())}"
        assert text(page, "at") == f"{i + 1} of 18: {said}"
        assert f"{said}. Likeliest here: {best_names[0]} {percent(p[0])}" in str(slider.get_attribute("aria-valuetext"))
    page.get_by_label("Colour by surprise").uncheck()
    assert colours(page).max() == 0


def test_what_the_model_does_not_know_is_left_out_and_said(watched):
    page = open_demo(watched, "shakespeare")
    note = page.locator("[data-out=left]")
    assert not note.is_visible()
    page.get_by_label("Beginning of the text").fill("Caf\u00e9\tnoir \U0001f642\u00e9<")
    wait_for_text(page, "Cafnoir ")
    assert note.is_visible()
    assert "Left out: “\u00e9”, tab, “\U0001f642”, “<”. The model knows only the 84 characters" in note.inner_text()
    page.get_by_label("Beginning of the text").fill("Cafe")
    wait_for_text(page, "Cafe")
    assert not note.is_visible()
    strange = "\u202e" + "".join(chr(0x0391 + k) for k in range(17))  # turns round what comes after it, if shown
    page.get_by_label("Beginning of the text").fill(strange + "Caf" + "e" * 2000)
    wait_for_text(page, "Caf" + "e" * 979)
    assert "Left out: U+202E, “\u0391”, " in note.inner_text()
    assert "“\u039b” and 6 others. The model" in note.inner_text()
    assert "A beginning ends after 1,000 characters." in note.inner_text()
