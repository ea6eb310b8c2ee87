"""The demos' numbers, computed in a real browser, are PyTorch's."""

from itertools import pairwise

import pytest
import torch
from demo_pages import open_demo, settled, shades, shown, text
from playwright.sync_api import CDPSession
from small_models import complete, images, logits, random_model, sent_model

from lecturelib.demos.build import DIGITS, example_digits

pytestmark = pytest.mark.slow


def log_probs(logits: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """log p(x_i | x_{<i}) in nats."""
    return -torch.nn.functional.binary_cross_entropy_with_logits(logits, x.double(), reduction="none")


@pytest.mark.parametrize("name", DIGITS)
def test_logits_equal_pytorch(name, watched):
    page = open_demo(watched, name)
    x = images(6)
    before = log_probs(logits(random_model(name), x), x).sum(1)
    script = "([name, xs]) => xs.map(x => [...LectureDemos.logits(LectureDemos.loaded[name].weights, x)])"
    got = torch.tensor(page.evaluate(script, [name, x.int().tolist()]), dtype=torch.float64)
    want = logits(sent_model(name), x)
    assert want[:, 100:].std(0).mean() > 0.3  # else a model that ignores x could pass
    assert (got - want).abs().max() <= 1e-9 * want.abs().max()  # the weights round to float32 on both sides alike
    script = "([xs, logits]) => xs.map((x, n) => [...LectureDemos.logProbs(x, Float64Array.from(logits[n]))])"
    each = page.evaluate(script, [x.int().tolist(), got.tolist()])
    nats = torch.tensor(each, dtype=torch.float64).sum(1)
    assert torch.allclose(nats, log_probs(want, x).sum(1), rtol=1e-9)
    change = (nats - before).abs()
    print(f"{name}: rounding moves log p(x) by {change.max():.3f} nats at most, of {before.mean():.0f}")
    assert change.max() <= (1e-9 if name == "pixelcnn" else 0.005) * before.abs().max()  # float16 goes as it is stored


def test_the_pixelcnn_takes_any_width(watched):
    page = open_demo(watched, "pixelcnn")
    x = images(1)[:, : 20 * 14]
    script = "x => [...LectureDemos.logits({ ...LectureDemos.loaded.pixelcnn.weights, width: 14 }, x)]"
    got = torch.tensor(page.evaluate(script, x[0].int().tolist()), dtype=torch.float64)
    assert torch.allclose(got, logits(sent_model("pixelcnn"), x, width=14)[0], rtol=0, atol=1e-9)


def test_a_completion_by_the_pixelcnn_takes_less_than_a_second(watched):
    page = open_demo(watched, "pixelcnn")
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})  # of the processor: the machine may be busy
    script = """([x, seed]) => {
        LectureDemos.complete(LectureDemos.loaded.pixelcnn.weights, x, 0, LectureDemos.uniforms(seed)); }"""
    settled(page)
    clock = [seconds(devtools)]
    for seed in range(5):
        page.evaluate(script, [images(1)[0].int().tolist(), seed])
        clock.append(seconds(devtools))
    each = sorted(after - before for before, after in pairwise(clock))
    print(f"{1000 * each[0]:.0f} to {1000 * each[-1]:.0f} ms for an image of 784 pixels")
    assert 0.005 < each[2] < 0.5  # 0.04 s where this was written


def seconds(devtools: CDPSession) -> float:
    """Read how long the page's thread has run."""
    metrics = devtools.send("Performance.getMetrics")["metrics"]
    return next(float(metric["value"]) for metric in metrics if metric["name"] == "TaskDuration")


@pytest.mark.parametrize("name", DIGITS)
@pytest.mark.parametrize("known", [0, 1, 333, 784])
def test_completions_equal_pytorch_from_shared_uniforms(name, known, watched):
    page = open_demo(watched, name)
    x = images(3)
    want, u = complete(sent_model(name), x, known, seed=5)
    script = """([name, known, xs, us]) => xs.map((x, n) => {
        const next = us[n][Symbol.iterator]();
        return [...LectureDemos.complete(LectureDemos.loaded[name].weights, x, known, () => next.next().value)];
    })"""
    got = page.evaluate(script, [name, known, x.int().tolist(), u[:, known:].tolist()])
    assert got == want.int().tolist()
    assert known == 784 or not torch.equal(want.int(), x.int())


def test_a_low_temperature_takes_the_likelier_value(watched):
    page = open_demo(watched, "nade")
    script = """(x) => { const weights = LectureDemos.loaded.nade.weights;
        const drawn = LectureDemos.complete(weights, x, 0, LectureDemos.uniforms(1), 1e-6);
        return [[...drawn], [...LectureDemos.logits(weights, drawn)]]; }"""
    drawn, log_odds = page.evaluate(script, [0] * 784)
    assert drawn == [int(logit > 0) for logit in log_odds]


def test_the_uniforms_are_uniform_and_differ_by_seed(watched):
    page = open_demo(watched, "nade")
    script = """() => Array.from({length: 200}, (_, seed) => { const next = LectureDemos.uniforms(seed);
        return Array.from({length: 500}, next); })"""
    u = torch.tensor(page.evaluate(script), dtype=torch.float64)
    assert (u >= 0).all()
    assert (u < 1).all()
    counts = torch.histc(u.float(), 20, 0, 1)
    assert ((counts - 5000) ** 2 / 5000).sum() < 43.8  # χ² with 19 degrees of freedom, p = 0.001
    assert abs(torch.corrcoef(torch.stack([u[:, :-1].flatten(), u[:, 1:].flatten()]))[0, 1]) < 0.015
    assert abs(torch.corrcoef(torch.stack([u[:-1].flatten(), u[1:].flatten()]))[0, 1]) < 0.015
    assert torch.corrcoef(u[:, :20].T).fill_diagonal_(0).abs().max() < 0.35  # first values of neighbouring seeds


@pytest.mark.parametrize("name", DIGITS)
def test_what_is_shown_is_log_p_of_the_image_in_the_grid(name, watched):
    page = open_demo(watched, name)
    page.get_by_role("button", name="Example digit 7").click()
    label, x = example_digits()[7]
    assert label == "7"
    log_odds = logits(sent_model(name), x[None])[0]
    each = log_probs(log_odds, x)
    known = 12 * 28
    assert text(page, "rows") == "12 of 28"
    page.wait_for_function(
        "want => document.querySelector('[data-out=all]')?.innerText === want", arg=shown(each.sum())
    )
    assert text(page, "known") == shown(each[:known].sum())
    assert text(page, "rest") == shown(each[known:].sum())
    heat = shades(page, ".lecture-demo-heat")
    p = torch.sigmoid(log_odds)
    red = torch.where(p < 0.5, 124 * 2 * p, 124 + 131 * (2 * p - 1))
    assert (torch.tensor(heat) - red).abs().max() <= 1
