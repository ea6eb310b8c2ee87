"""The demos that look inside an LSTM: states, gates, changes and correlations are PyTorch's and NumPy's."""

from typing import Any

import numpy as np
import pytest
import torch
from demo_pages import open_demo, text, wait_for_change
from node import node
from small_models import sent_model
from torch import Tensor

from lecturelib.demos.build import vocabulary
from lecturelib.demos.weights import dequantised, pack
from lecturelib.recurrent import LSTM, CharRNN

SCRIPTS = ("models.js", "pixelcnn.js", "lstm.js", "inside.js")
FINISH = "const finish = (work) => { let step; do step = work.next(); while (!step.done); return step.value; };"
NET = "const net = network(Object.fromEntries(Object.entries(packed).map(([name, one]) => [name, decode(one)])));"
V, H, T = 9, 6, 20


def small_model(cell: Any) -> tuple[CharRNN, dict[str, Any]]:
    """A network with the weights that a browser gets, in float64, and how they are sent."""
    model, generator = CharRNN(V, H, cell=cell), torch.Generator().manual_seed(7)
    state = {key: torch.randn(value.shape, generator=generator) for key, value in model.state_dict().items()}
    model.load_state_dict(dequantised(cell, state))
    return model.double(), pack(cell, state)


def x(seed: int = 1) -> Tensor:
    return torch.randint(V, (T,), generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def states(model: CharRNN, read: Tensor, at: int = -1, action: str = "none", cell: int = 0) -> dict[str, Tensor]:
    """h, s, the gates and log p(next) after each character, by the equations; `action` as the page has it."""
    recurrent: Any = model.recurrent
    found: list[dict[str, Tensor]] = []
    if not isinstance(recurrent, LSTM):
        all_h = recurrent(read[None])[0][0]
        return {"h": all_h, "log_p": model.out(all_h).log_softmax(1)}
    h: Tensor = torch.zeros(H, dtype=torch.float64)
    s: Tensor = h
    for t, x_t in enumerate(read.tolist()):
        a: Tensor = recurrent.W_x[0][:, x_t] + recurrent.W_h[0] @ h + recurrent.b[0]
        g: Tensor = a[:H].tanh()
        i, f, o = a[H:].sigmoid().split(H)
        if action in ("keep", "drop") and t >= at:
            f = f.clone()
            f[cell] = float(action == "keep")
        s = g * i + s * f
        if t == at:
            s = {"all": 0 * s, "cell": s, "turn": s}.get(action, s).clone()
            s[cell] *= {"cell": 0, "turn": -1}.get(action, 1)
        h = s.tanh() * o
        found.append({"g": g, "i": i, "f": f, "o": o, "s": s, "h": h, "log_p": model.out(h).log_softmax(0)})
    return {part: torch.stack([one[part] for one in found]) for part in found[0]}


@pytest.mark.parametrize("cell", ["lstm", "rnn"])
def test_states_gates_and_log_probabilities_are_pytorch_s(cell):
    model, packed = small_model(cell)
    want = states(model, x())
    script = f"""(packed, x) => {{ {FINISH} {NET}
        return finish(readOn(net, x, [])).map((state) => ({{ ...state, log_p: net.logProbs(state) }})); }}"""
    got = node(SCRIPTS, script, packed, x().tolist())
    for part, value in want.items():
        found = torch.tensor([one[part] for one in got], dtype=torch.float64)
        assert (found - value).abs().max() < 1e-9, part
    h, _ = model.recurrent(x()[None])
    assert (want["h"] - h[0]).abs().max() < 1e-9  # the equations here are the library's
    assert want["h"].std() > 0.2


@pytest.mark.parametrize("action", ["all", "cell", "turn", "keep", "drop", "letter"])
def test_a_change_is_worth_what_pytorch_says(action):
    model, packed = small_model("lstm")
    at, cell, reach, before, read = 7, 3, 9, states(model, x()), x()
    letter = (int(read[at]) + 1) % V
    read[at] = letter if action == "letter" else read[at]
    after = states(model, read, at, action, cell)
    script = f"""(packed, x, at, cell, action, letter, reach) => {{ {FINISH} {NET}
        const all = finish(readOn(net, x, []));
        const change = action === "letter" ? {{ letter }} : {{ forced: forcing(action, cell, at, all) }};
        return finish(compare(net, x, all, at, change, reach)); }}"""
    got = node(SCRIPTS, script, packed, x().tolist(), at, cell, action, letter, reach)
    reached = slice(at, at + reach)
    h = (after["h"] - before["h"]).norm(dim=1) / before["h"].norm(dim=1)
    rows = torch.arange(at, at + reach)
    bits = (before["log_p"] - after["log_p"])[rows, x()[rows + 1]] / np.log(2)
    assert torch.tensor(got["h"], dtype=torch.float64).sub(h[reached]).abs().max() < 1e-9
    assert torch.tensor(got["bits"], dtype=torch.float64).sub(bits).abs().max() < 1e-9
    assert torch.tensor(got["after"], dtype=torch.float64).sub(after["log_p"][at]).abs().max() < 1e-9
    assert torch.tensor(got["before"], dtype=torch.float64).sub(before["log_p"][at]).abs().max() < 1e-9
    assert h[at:].max() > 1e-3
    if action == "all":  # the network is where it was before the first character
        assert (after["log_p"][at] - model.out.bias.log_softmax(0)).abs().max() < 1e-12


def test_the_mean_of_changes_is_the_mean_of_each():
    model, packed = small_model("rnn")
    script = f"""(packed, x) => {{ {FINISH} {NET}
        const all = finish(readOn(net, x, [])), spots = places(x.length, 8, 3);
        const letters = spots.map((at) => otherLetter(net, x, all, at));
        return [spots, letters, finish(compareMean(net, x, all, spots, letters, 8))]; }}"""
    spots, letters, mean = node(SCRIPTS, script, packed, x().tolist())
    assert spots == [0, 4, 8]
    before, curves = states(model, x()), []
    for at, letter in zip(spots, letters, strict=True):
        read = x()
        expected = before["log_p"][at - 1] if at else model.out.bias.log_softmax(0)
        assert letter == max((k for k in range(V) if k != read[at]), key=lambda k: expected[k])
        read[at] = letter
        h = states(model, read)["h"]
        curves.append(((h - before["h"]).norm(dim=1) / before["h"].norm(dim=1))[at : at + 8])
    assert torch.tensor(mean["h"], dtype=torch.float64).sub(torch.stack(curves).mean(0)).abs().max() < 1e-9


def test_correlations_are_numpy_s_and_chance_is_the_marker_moved():
    values = torch.randn(4, T, generator=torch.Generator().manual_seed(2)).double()
    values[2] = 0.5
    marker = (values[1] + 0.3 * values[0] > 0).double()
    script = f"""(values, marker, T) => {{ {FINISH}
        const rows = finish(standardisedRows(Float32Array.from(values), T)), m = standardised(marker);
        return [correlations(rows, m), finish(chance(rows, m, 4)), standardised([2, 2, 2])]; }}"""
    found, chance, constant = node(SCRIPTS, script, values.flatten().tolist(), marker.tolist(), T)
    rows = [0, 1, 3]
    want = [np.corrcoef(values[k], marker)[0, 1] for k in rows]
    assert np.abs(np.array(found)[rows] - want).max() < 1e-6  # the values are float32
    assert found[2] == 0
    assert constant is None
    moved = [np.roll(marker, round(j * T / 5)) for j in range(1, 5)]
    best = sorted(max(abs(np.corrcoef(values[k], one)[0, 1]) for k in rows) for one in moved)
    assert np.abs(np.array(chance) - best).max() < 1e-6


def test_markers():
    script = """(cases) => cases.map(([text, open, close]) =>
        (close ? between([...text], open, close) : since([...text], open)).join(""))"""
    cases = [
        ("a[[b]]c", "[[", "]]"),
        ('x"ab"y"', '"', '"'),
        ('"ab\n\nc"d"', '"', '"'),
        ("(a(b)c)", "(", ")"),
        ("]]a", "[[", "]]"),
        ("ab\ncd\n", "\n", ""),
    ]
    want = ["0011000", "0111001", "111100110", "1111000", "000", "120120"]
    assert node(SCRIPTS, script, cases) == want


def test_links_lead_back_and_broken_ones_nowhere():
    scripts = ("packed_text.js", "xray_page.js")
    read = "link = { read: (name) => name.slice(6) }"
    script = f"""(now, broken) => {{ globalThis.{read};
        const back = (shown) => linked(`cells=${{shown}}`, ["wikipedia"]);
        return [back(packed(now)), broken.map(back)]; }}"""
    now = {"network": "wikipedia", "part": "f", "marker": "own", "action": "letter", "example": 2, "cell": 316, "at": 7}
    now |= {"open": "{", "close": ".", "letter": "\u00e9", "text": "\u05e9 \U0001f642 <b>"}
    broken = ["", "wikipedia", "shakespeare.s.none.none.0.0.0....", "wikipedia.s.none.none.0.x.0...."]
    broken += [
        f"wikipedia.s.{middle}" for middle in ("toString.none.0.0.0....", "none.none.3.0.0....", "none.none.0.0.0.%...")
    ]
    back, nowhere = node(scripts, script, now, broken)
    assert back == now
    assert nowhere == [None] * len(broken)


def ready(page, part: str = "gates") -> str:
    """Wait until all is computed, and return what is said."""
    page.wait_for_selector(".lecture-demo-cells[aria-busy=false]")
    page.wait_for_function("part => document.querySelector(`[data-out=${part}]`)?.textContent", arg=part)
    return text(page, part)


def shown(page) -> list[str]:
    return page.locator(".lecture-demo-next tbody tr td:last-child").all_inner_texts()


def percents(p: Tensor) -> list[str]:
    return ["< 0.1%" if 0 < one < 0.001 else f"{100 * one:.1f}%" for one in p.tolist()]


@pytest.mark.slow
def test_the_page(watched):
    page = open_demo(watched, "cells")
    assert "Cell 0, having read" in ready(page)
    page.get_by_label("A network that has read").select_option("wikipedia")
    ready(page)
    page.get_by_label("Which cell follows").select_option("quote")
    page.wait_for_function("document.querySelectorAll('[data-out=best] button').length === 5")
    assert ready(page, "found").startswith("Of the 24 cells, ")
    page.locator("[data-out=best] button").first.click()
    page.wait_for_function("document.querySelector('[data-out=best] button')?.ariaPressed === 'true'")
    best = int(page.locator("[data-out=best] button").first.inner_text().split()[1][:-1])
    assert page.get_by_label("Cell", exact=True).input_value() == str(best)

    model, area = sent_model("wikipedia"), page.get_by_label("Text", exact=True)
    area.fill("A [[b]]")
    page.wait_for_function("document.querySelector('[data-out=at]')?.textContent.startsWith('7 of 7')")
    ready(page)
    read = torch.tensor([[vocabulary("wikipedia").index(c) for c in "A [[b]]"]])
    with torch.no_grad():
        p = model(read)[0][0, -1].softmax(0)
        assert shown(page) == percents(p.topk(6).values)
        page.get_by_label("What if").select_option("all")
        ready(page, "felt")
        forgotten = model.out.bias.softmax(0)
        assert shown(page) == percents(forgotten[torch.maximum(p, forgotten).topk(6).indices])

    canvas = page.locator("canvas[role=application]")
    canvas.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Home")
    page.wait_for_function("document.querySelector('[data-in=at]')?.value === '5'")
    said = wait_for_change(page, "felt", text(page, "felt"), page.locator(".lecture-demo-read span").nth(2).click)
    assert text(page, "at").startswith("3 of 7")
    page.get_by_role("button", name="Link to this").click()
    again = watched()
    again.page.goto(page.url)
    again.page.wait_for_function("said => document.querySelector('[data-out=felt]')?.innerText === said", arg=said)
    assert again.page.get_by_label("Text", exact=True).input_value() == "A [[b]]"

    for hostile in ("", "\U0001f642" * 9):
        area.fill(hostile)
        assert "Type a text" in page.locator(".lecture-demo-status").inner_text()
        assert not canvas.is_visible()
    area.fill("\u05e9\u202e<b> " + 2000 * "x [[y]] ")
    assert "Left out: “\u05e9”, U+202E." in text(page, "left")
    assert "Only the first 800 characters are read." in text(page, "left")
    ready(page)
    page.get_by_label("Cell", exact=True).fill("24")
    assert "expected a whole number from 0 to 23" in page.locator(".lecture-demo-status").inner_text()
    for _ in range(20):
        page.get_by_role("button", name="Reset").click()
    page.get_by_label("A network that has read").select_option("shakespeare")
    page.get_by_label("What if").select_option("mean")
    page.wait_for_function("document.querySelector('[data-out=felt]')?.textContent.includes('the RNN of 128')")
    assert page.locator(".lecture-demo-charts .lecture-demo-line-bound").count() > 0
    broken = watched().open("book/cells-light.html#cells=wikipedia.s.x")
    assert "Cell 0, having read" in ready(broken)
