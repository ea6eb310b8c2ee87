"""The demos of gradients through time: their numbers are those of autograd, and the pages do what they say."""

import math

import pytest
import torch
from demo_pages import open_demo, text
from node import node
from torch import Tensor

from lecturelib.recurrent import LSTM, RNN

H, D, T = 6, 3, 12
SCRIPTS = ("models.js", "numbers.js", "through_time.js")
RUN = "(network, xs, v) => { const { phi, cell, ...W } = network; return backThroughTime({ phi, cell, \
...Object.fromEntries(Object.entries(W).map(([k, w]) => [k, Float64Array.from(w)])) }, xs, v); }"


def random(*shape: int, seed: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("phi", ["tanh", "relu", "linear", "lstm"])
def test_gradients_are_those_of_autograd(phi):
    blocks = 4 if phi == "lstm" else 1
    W_x, W_h = random(blocks * H, D, seed=1), (random(blocks * H, H, seed=2) / 2).requires_grad_()
    b, x, v = random(blocks * H, seed=3), random(T, D, seed=4), random(H, seed=5)
    h = s = torch.zeros(1, H, dtype=torch.float64)
    hs, ss = [h], [s]
    for x_i in x:
        if phi == "lstm":
            h, s = LSTM.step((W_x @ x_i + b)[None], h, s, W_h)
        else:
            a = (W_x @ x_i)[None] + h @ W_h.T
            h = {"tanh": torch.tanh, "relu": torch.relu, "linear": lambda a: a}[phi](a)
        hs.append(h)
        ss.append(s)
    kept = hs[1:] + (ss[1:] if phi == "lstm" else [])
    dW, *states = torch.autograd.grad(h[0] @ v, [W_h, *kept])
    network = {"cell": "lstm" if phi == "lstm" else "rnn", "phi": phi}
    network |= {"W_x": W_x.flatten().tolist(), "W_h": W_h.flatten().tolist(), "b": b.tolist()}
    got = node(SCRIPTS, RUN, network, x.tolist(), v.tolist())
    norms = torch.stack(states).norm(dim=(1, 2))
    assert torch.tensor(got["h"], dtype=torch.float64).sub(norms[:T].flip(0)).abs().max() < 1e-9
    if phi == "lstm":
        assert torch.tensor(got["s"], dtype=torch.float64).sub(norms[T:].flip(0)).abs().max() < 1e-9
    assert torch.tensor(got["dW"], dtype=torch.float64).sub(dW.flatten()).abs().max() < 1e-9
    assert len(got["parts"]) == T
    assert norms.max() > 0.1


def test_the_parts_are_those_of_the_unrolled_network():
    """A copy of W_hh for each step: the gradients by the copies have the norms that the second chart shows."""
    W_x, W_h, x, v = (random(H, D, seed=1), random(H, H, seed=2), random(T, D, seed=4), random(H, seed=5))
    copies = [W_h.clone().requires_grad_() for _ in range(T)]
    h = torch.zeros(H, dtype=torch.float64)
    for x_i, W in zip(x, copies, strict=True):
        h = torch.tanh(W_x @ x_i + W @ h)
    want = torch.stack([g.norm() for g in torch.autograd.grad(h @ v, copies)]).flip(0)
    network = {"cell": "rnn", "phi": "tanh", "W_x": W_x.flatten().tolist(), "W_h": W_h.flatten().tolist()}
    got = torch.tensor(node(SCRIPTS, RUN, network, x.tolist(), v.tolist())["parts"], dtype=torch.float64)
    assert (got - want).abs().max() < 1e-9


def test_the_library_s_network_is_the_same_one():
    rnn = RNN(D, H).double()
    x, v = random(T, D, seed=4), random(H, seed=5)
    h = rnn(x[None])[0][0]
    (dW,) = torch.autograd.grad(h[-1] @ v, [rnn.W_hh[0]])
    network = {"cell": "rnn", "phi": "tanh", "W_x": rnn.W_xh[0].flatten().tolist()}
    got = node(SCRIPTS, RUN, network | {"W_h": rnn.W_hh[0].flatten().tolist()}, x.tolist(), v.tolist())["dW"]
    assert torch.tensor(got, dtype=torch.float64).sub(dW.flatten()).abs().max() < 1e-9


def test_spectral_radius_singular_value_and_clipping():
    W = random(16, 16, seed=6)
    script = """(W, n) => {
        const finish = (steps) => { let step; do step = steps.next(); while (!step.done); return step.value; };
        const A = Float64Array.from(W), found = [spectralRadius(A, n), largestSingularValue(A, n)].map(finish);
        return [...found, clipFactor(4, 1), clipFactor(0.5, 1)];
    }"""
    radius, sigma, long, short = node(SCRIPTS, script, W.flatten().tolist(), 16)
    assert math.isclose(radius, torch.linalg.eigvals(W).abs().max(), rel_tol=1e-9)
    assert math.isclose(sigma, torch.linalg.matrix_norm(W, 2), rel_tol=1e-9)
    assert (long, short) == (0.25, 1)
    assert node(SCRIPTS, script, [0, 1, 0, 0], 2)[0] == 0  # its square is 0


def test_three_steps_by_hand_are_those_of_autograd():
    W_hh, W_xh = (torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in (-0.7, 1.3))
    x, y = [0.4, -2.0, 0.9], 0.6
    h, states = torch.zeros((), dtype=torch.float64), []
    for x_i in x:
        a = W_hh * h + W_xh * x_i
        h = torch.tanh(a)
        states.append((a, h))
    wanted = torch.autograd.grad((h - y) ** 2 / 2, [W_hh, *(one for pair in states for one in pair)])
    script = "(unit) => ({ ...byHand(unit), slope: differenceQuotient(unit), lines: calculation(unit) })"
    unit = {"W_hh": W_hh.item(), "W_xh": W_xh.item(), "x": x, "y": y}
    got = node(("numbers.js", "by_hand.js"), script, unit)
    eps, delta = wanted[1::2], wanted[2::2]
    assert max(abs(a - float(b)) for a, b in zip(got["eps"][1:], eps, strict=True)) < 1e-12
    assert max(abs(a - float(b)) for a, b in zip(got["delta"][1:], delta, strict=True)) < 1e-12
    assert abs(got["dW_hh"] - float(wanted[0])) < 1e-12
    assert abs(got["slope"] - got["dW_hh"]) < 1e-5
    assert [line["value"] for line in got["lines"]] == [
        *got["h"][1:], got["delta"][3], got["eps"][3], got["delta"][2], got["eps"][2], got["delta"][1], got["eps"][1],
        got["dW_hh"],
    ]  # fmt: skip


def test_numbers_are_written_for_people():
    script = "() => [[0, 0.5, -0.0833, 12, 1.2e-5, -34567, 1 / 0, 1e-320, 10].map(decimal), \
        ['-0,5', '−.25', ' 3 ', '', 'x', '1e5', '🙂', '٣'].map(typedNumber)]"
    written, typed = node(("numbers.js",), script)
    assert written == ["0", "0.5", "−0.083", "12", "1.2 · 10⁻⁵", "−3.5 · 10⁴", "∞", "1.0 · 10⁻³²⁰", "10"]
    assert typed == [-0.5, -0.25, 3, None, None, 100000, None, None]


@pytest.mark.slow
def test_the_page_of_gradients(watched):
    page = open_demo(watched, "gradients")
    page.wait_for_selector(".lecture-demo-charts[aria-busy=false]")
    verdict = page.locator(".lecture-demo-verdict")
    assert "vanished" in verdict.inner_text()
    first = verdict.inner_text()
    assert page.locator("path.lecture-demo-line-main").count() > 0
    assert not page.get_by_label("Bias of the forget gate").is_visible()
    page.get_by_role("button", name="Keep this line").click()
    page.get_by_label("Spectral radius").fill("1.8")
    page.get_by_label("Network").select_option("linear")
    page.wait_for_function("document.querySelector('.lecture-demo-verdict')?.textContent.includes('explodes')")
    assert page.locator(".lecture-demo-plot .lecture-demo-line-kept").count() == 1
    page.get_by_label("Clip the gradient").fill("4")
    page.wait_for_function("document.querySelector('[data-out=clipping]')?.textContent.includes('does not change')")
    page.get_by_label("Size of the inputs").fill("0")
    page.wait_for_function("document.querySelector('[data-out=clipping]')?.textContent.includes('All states are 0')")
    page.get_by_label("Network").select_option("lstm")
    page.get_by_label("Bias of the forget gate").wait_for()  # it is shown with the next picture
    page.get_by_label("Bias of the forget gate").press("End")
    page.wait_for_function("document.querySelector('[data-out=forget]')?.textContent === '6'")
    found = verdict.inner_text()
    page.get_by_role("button", name="Link to this").click()
    again = watched()
    again.page.goto(page.url)
    again.page.wait_for_selector(".lecture-demo-charts[aria-busy=false]")
    assert again.page.locator(".lecture-demo-verdict").inner_text() == found
    page.get_by_role("button", name="Reset").click()
    page.wait_for_function("first => document.querySelector('.lecture-demo-verdict')?.innerText === first", arg=first)
    broken = watched().open("book/gradients-light.html#gradients=tanh_9_9_9_9_9_9")
    broken.wait_for_selector(".lecture-demo-charts[aria-busy=false]")
    assert broken.locator(".lecture-demo-verdict").inner_text() == first


@pytest.mark.slow
def test_the_page_of_three_steps(watched):
    page = open_demo(watched, "three_steps")
    status, answer = page.locator(".lecture-demo-status"), page.locator("[data-in=answer]")
    assert "0.363" in page.locator("ol").inner_text()
    for typed, said in (
        ("\U0001f642" * 10, "Type a number"),
        ("1.67", "mind the sign"),
        ("2", "try again"),
        ("−1,67", "Right"),
    ):
        answer.fill(typed)
        answer.press("Enter")
        assert said in status.inner_text()
    answer.fill("-0.913")
    page.get_by_role("button", name="Check").click()
    page.get_by_role("button", name="Show it").click()
    assert "−0.457" in status.inner_text()
    page.get_by_role("button", name="Show all").click()
    assert text(page, "check").startswith("1 of 7 were yours")
    assert text(page, "check").count("−0.634") == 1
    assert not answer.is_visible()
    page.locator("[data-in=x_2]").fill("3")
    assert "= ?" in page.locator("ol").inner_text()
    page.locator("[data-in=y]").fill("")
    assert "expected a number from −10 to 10" in status.inner_text()
    page.get_by_role("button", name="Reset").click()
    page.get_by_role("button", name="Link to this").click()
    assert page.url.endswith("#three_steps=0.5_1_1_0_-1_1")
