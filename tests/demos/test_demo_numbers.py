"""The demos' numbers, computed in a real browser, are PyTorch's."""

import pytest
import torch
from demo_pages import open_demo, shades, shown, text
from small_models import images, random_model

from lecturelib.demos.build import example_digits
from lecturelib.demos.weights import dequantised

pytestmark = pytest.mark.slow

NAMES = ("fvsbn", "nade")


@pytest.mark.parametrize("name", NAMES)
def test_logits_equal_pytorch(name, watched):
    page = open_demo(watched, name)
    model, x = random_model(name), images(6)
    before = model.double().log_prob(x.double()).detach()
    model.load_state_dict(dequantised(name, random_model(name).state_dict()))
    script = "([name, xs]) => xs.map(x => [...LectureDemos.logits(LectureDemos.loaded[name].weights, x)])"
    got = torch.tensor(page.evaluate(script, [name, x.int().tolist()]), dtype=torch.float64)
    want = model.double().logits(x.double()).detach()
    assert want[:, 100:].std(0).mean() > 0.3  # else a model that ignores x could pass
    assert (got - want).abs().max() <= 1e-9 * want.abs().max()  # int8 · scale rounds to float32 on both sides alike
    script = "([xs, logits]) => xs.map((x, n) => [...LectureDemos.logProbs(x, Float64Array.from(logits[n]))])"
    each = page.evaluate(script, [x.int().tolist(), got.tolist()])
    nats = torch.tensor(each, dtype=torch.float64).sum(1)
    assert torch.allclose(nats, model.log_prob(x.double()).detach(), rtol=1e-9)
    change = (nats - before).abs()
    print(f"{name}: int8 moves log p(x) by {change.max():.3f} nats at most, of {before.mean():.0f}")
    assert change.max() <= 0.005 * before.abs().max()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("known", [0, 1, 333, 784])
def test_completions_equal_pytorch_from_shared_uniforms(name, known, watched):
    page = open_demo(watched, name)
    model, x = random_model(name).double(), images(3).double()
    model.load_state_dict(dequantised(name, random_model(name).state_dict()))
    want = model.complete(x, known, generator=torch.Generator().manual_seed(5))
    u = torch.rand(x.shape, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    script = """([name, known, xs, us]) => xs.map((x, n) => {
        const next = us[n][Symbol.iterator]();
        return [...LectureDemos.complete(LectureDemos.loaded[name].weights, x, known, () => next.next().value)];
    })"""
    got = page.evaluate(script, [name, known, x.int().tolist(), u[:, known:].tolist()])
    assert got == want.int().tolist()
    assert known == 784 or not torch.equal(want, x)


def test_a_low_temperature_takes_the_likelier_value(watched):
    page = open_demo(watched, "nade")
    script = """(x) => { const weights = LectureDemos.loaded.nade.weights;
        const drawn = LectureDemos.complete(weights, x, 0, LectureDemos.uniforms(1), 1e-6);
        return [[...drawn], [...LectureDemos.logits(weights, drawn)]]; }"""
    drawn, logits = page.evaluate(script, [0] * 784)
    assert drawn == [int(logit > 0) for logit in logits]


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


@pytest.mark.parametrize("name", NAMES)
def test_what_is_shown_is_log_p_of_the_image_in_the_grid(name, watched):
    page = open_demo(watched, name)
    page.get_by_role("button", name="Example digit 7").click()
    label, x = example_digits()[7]
    assert label == "7"
    model = random_model(name)
    model.load_state_dict(dequantised(name, random_model(name).state_dict()))
    with torch.no_grad():
        logits = model.double().logits(x[None].double())[0]
        each = -torch.nn.functional.binary_cross_entropy_with_logits(logits, x.double(), reduction="none")
    known = 12 * 28
    assert text(page, "rows") == "12 of 28"
    page.wait_for_function("want => document.querySelector('[data-out=all]').innerText === want", arg=shown(each.sum()))
    assert text(page, "known") == shown(each[:known].sum())
    assert text(page, "rest") == shown(each[known:].sum())
    heat = shades(page, ".lecture-demo-heat")
    p = torch.sigmoid(logits)
    red = torch.where(p < 0.5, 124 * 2 * p, 124 + 131 * (2 * p - 1))
    assert (torch.tensor(heat) - red).abs().max() <= 1
