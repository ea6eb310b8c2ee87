"""The demo that trains a density in two orders: losses, gradients, steps and samples are those of PyTorch."""

from typing import Any

import pytest
import torch
from demo_pages import open_demo, text
from node import node
from torch import Tensor

from lecturelib.autoregressive import FVSBN, NADE
from lecturelib.datasets import load
from lecturelib.demos import order_digits
from lecturelib.recipes.fvsbn_nade import small_bits

D, H, RATES = 196, 5, (0.1, 0.07, 0.04)
SCRIPTS = ("models.js", "densities.js", "pixel_orders.js")
HAND = "hand.5f2g00015a"
TRAIN = """(kind, method, code, given, pixels, batches, rates, uniform) => {
    const order = orderOf(code), images = reorder(Uint8Array.from(pixels), order);
    const values = Object.fromEntries(Object.entries(given).map(([name, one]) => [name, Float64Array.from(one)]));
    const step = optimizer(kind, values, method), losses = [];
    let first;
    batches.forEach((batch, t) => {
        losses.push(step(batch.map((n) => images[n]), rates[t]));
        first ??= Object.fromEntries(Object.entries(step.gradient).map(([name, g]) => [name, [...g]]));
    });
    const nats = images.map((x) => natsOf(kind, values, x));
    return { order, losses, first, values, nats, drawn: draw(kind, values, uniform) };
}"""
RUN = """(settings, code, train, valid) => {
    const pixels = { train: unpackImages(train).slice(0, 100 * DIM), valid: unpackImages(valid).slice(0, 120 * DIM) };
    const run = beginTraining(settings, code, pixels), u = new Float64Array(DIM).fill(0.3);
    for (const _ of run.evaluate());
    for (let t = 0; t < 3; t += 1) run.advance();
    for (const _ of run.evaluate());
    const early = { values: structuredClone(run.values), curve: [...run.curve], image: run.sample(u) };
    while (run.t < run.end) run.advance();
    for (const _ of run.evaluate());
    return { ...early, end: run.end, whole: run.curve };
}"""


def digits() -> Tensor:
    return small_bits(load("mnist-5k").train)[:60].double()


def flat(model: FVSBN | NADE, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Parameters, or gradients like them, as densities.js keeps them."""
    if isinstance(model, FVSBN):
        i, j = torch.triu_indices(D, D, 1)
        return {"theta": tensors["theta"].T[i, j], "b": tensors["b"]}
    return {name: (one.T if name == "W" else one).flatten() for name, one in tensors.items()}


def random_model(kind: str) -> FVSBN | NADE:
    torch.manual_seed(1)
    model = (FVSBN(D) if kind == "fvsbn" else NADE(D, H)).double()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return model


@pytest.mark.parametrize(
    ("kind", "method", "code"),
    [
        ("fvsbn", "adam", "inwards"),
        ("fvsbn", "plain", "coarse"),
        ("nade", "adam", "random.7"),
        ("nade", "plain", HAND),
    ],
)
def test_three_steps_are_those_of_pytorch(kind, method, code):
    model, images = random_model(kind), digits()
    begin = {name: one.detach().tolist() for name, one in flat(model, dict(model.named_parameters())).items()}
    batches = [list(range(20 * t, 20 * t + 20)) for t in range(3)]
    u = torch.rand(D, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    arguments = (images.long().flatten().tolist(), batches, RATES, u.tolist())
    got = node(SCRIPTS, TRAIN, kind, method, code, begin, *arguments)
    assert got["order"] != list(range(D))
    x, losses = images[:, got["order"]], list[float]()
    optimizer: Any = (torch.optim.Adam if method == "adam" else torch.optim.SGD)(model.parameters())
    for batch, rate in zip(batches, RATES, strict=True):
        optimizer.param_groups[0]["lr"] = rate
        optimizer.zero_grad()
        loss = -model.log_prob(x[batch]).mean()
        loss.backward()
        if not losses:
            first = flat(
                model, {name: torch.clone(one.grad) for name, one in model.named_parameters() if one.grad is not None}
            )
        losses.append(float(loss.detach()))
        optimizer.step()
    with torch.no_grad():
        values = flat(model, dict(model.named_parameters()))
        nats, drawn = -model.log_prob(x), torch.tensor(got["drawn"], dtype=torch.float64)
        p = model.conditionals(drawn[None])[0]
    assert max(abs(a - b) for a, b in zip(got["losses"], losses, strict=True)) < 1e-9
    assert got["first"].keys() == got["values"].keys() == values.keys()
    for name, value in values.items():
        assert torch.tensor(got["first"][name], dtype=torch.float64).sub(first[name]).abs().max() < 1e-9
        assert torch.tensor(got["values"][name], dtype=torch.float64).sub(value).abs().max() < 1e-9
    assert torch.tensor(got["nats"], dtype=torch.float64).sub(nats).abs().max() < 1e-9
    assert torch.equal(drawn, (u < p).double())  # each pixel by its own conditional, given those drawn before
    assert 0 < drawn.mean() < 1


@pytest.mark.parametrize("kind", ["fvsbn", "nade"])
def test_a_training_begins_at_the_means_and_learns(kind):
    packed, images = order_digits.packed(), load("mnist-5k")
    settings = {"model": kind, "method": "adam", "rate": 0.02, "seed": 1}
    got = node(SCRIPTS, RUN, settings, "spiral", packed["train"], packed["valid"])
    assert got == node(SCRIPTS, RUN, settings, "spiral", packed["train"], packed["valid"])
    p = small_bits(images.train)[:100].double().mean(0).clamp(1e-3, 1 - 1e-3)
    x = small_bits(images.valid)[:120].double()
    independent = -(x * p.log() + (1 - x) * (1 - p).log()).sum(1).mean()
    (_, before), (t, after) = got["curve"]
    assert abs(before - independent) < (1e-9 if kind == "fvsbn" else 0.5)  # NADE's first weights are not 0
    assert t == 3
    assert got["end"] == 40
    assert got["whole"][-1][1] < min(before, after)
    order = node(SCRIPTS, "orderOf", "spiral")
    model = FVSBN(D).double() if kind == "fvsbn" else NADE(D, 20).double()
    state = {name: torch.tensor(one, dtype=torch.float64) for name, one in got["values"].items()}
    with torch.no_grad():
        model.b.copy_(state["b"])
        if isinstance(model, FVSBN):
            i, j = torch.triu_indices(D, D, 1)
            model.theta[j, i] = state["theta"]
        else:
            model.W.copy_(state["W"].view(D, -1).T)
            model.alpha.copy_(state["alpha"].view(D, -1))
            model.c.copy_(state["c"])
        assert abs(after + float(model.log_prob(x[:, order]).mean())) < 1e-9
        image = torch.tensor(got["image"], dtype=torch.float64)[order]
        assert torch.equal(image, (model.conditionals(image[None])[0] > 0.3).double())


def test_orders_visit_every_pixel_once():
    names = node(SCRIPTS, "() => Object.keys(ORDERS)")
    codes = [{"random": "random.3", "hand": HAND}.get(name, name) for name in names]
    orders = dict(zip(codes, node(SCRIPTS, "(codes) => codes.map(orderOf)", codes), strict=True))
    assert all(sorted(order) == list(range(D)) for order in orders.values())
    assert len({tuple(order) for order in orders.values()}) == len(orders)
    raster = torch.arange(D).view(14, 14)
    assert orders["raster"] == raster.flatten().tolist()
    assert orders["columns"] == raster.T.flatten().tolist()
    assert orders["coarse"][:49] == raster[::2, ::2].flatten().tolist()
    assert orders["inwards"][:27] == [*range(14), *range(27, 196, 14)]
    assert orders["spiral"] == orders["inwards"][::-1]
    for name in ("snake", "inwards"):
        steps = [(b // 14 - a // 14, b % 14 - a % 14) for a, b in zip(orders[name], orders[name][1:], strict=False)]
        assert {abs(down) + abs(right) for down, right in steps} == {1}
    assert orders[HAND][:5] == [5 * 36 + 15, 2 * 36 + 16, 0, 1, 5 * 36 + 10]
    assert orders[HAND][5:8] == [2, 3, 4]


def test_links_with_anything_but_an_order_are_refused():
    good = ["raster", "random.0", "random.999", "hand.", HAND]
    bad = ["", "Raster", "toString", "random", "random.-1", "random.1000", "raster.1", "hand", "hand.0", "hand.zz"]
    bad += ["hand.0000", "hand.00.01", "random.1.2", "hand." + "\u0660\u0660", "__proto__"]
    assert node(SCRIPTS, "(codes) => codes.map(isOrder)", [*good, *bad]) == [True] * len(good) + [False] * len(bad)


def test_the_digits_are_the_recipe_s_and_light():
    packed, images = order_digits.packed(), load("mnist-5k")
    assert sum(map(len, packed.values())) <= 100_000
    for name, x in (("train", small_bits(images.train)[:2500]), ("valid", small_bits(images.valid))):
        assert node(SCRIPTS, "unpackImages", packed[name]) == x.flatten().long().tolist()


def test_the_verdict_names_the_better_order_the_spread_and_the_error():
    a = torch.tensor([[30.0, 34, 35, 37], [30, 34, 35, 38], [30, 34, 36, 38]])
    b = a - torch.tensor([0.0, 1, 1, 2])
    said = node(SCRIPTS, "verdict", a.tolist(), b.tolist())
    spread, error = a.mean(1).std(), torch.tensor([0.0, 1, 1, 2]).std() / 2
    assert f"B is better by 1.00 nats per digit: more than the spread between seeds, {spread:.2f}." in said
    assert said.endswith(f"The standard error over the 4 held-out digits is {error:.2f}.")
    near = node(SCRIPTS, "verdict", a.tolist(), (a + 0.2).tolist())
    assert near.startswith("A is better by 0.20 nats per digit: no more than the spread")
    assert "one seed does not say" in node(SCRIPTS, "verdict", a[:1].tolist(), b[:1].tolist())
    assert node(SCRIPTS, "verdict", a.tolist(), a.tolist()) == "A and B are equal."


@pytest.mark.slow
def test_the_page_trains_step_by_step_and_pass_by_pass(watched):
    page = open_demo(watched, "orders", reduced_motion="reduce")
    page.wait_for_selector(".lecture-demo-orders[aria-busy=false]")
    assert text(page, "a") == text(page, "b") == "49.10"
    for name, progress in (("One step", "step 1 of 1,000: 0 of 20"), ("One pass", "step 50 of 1,000: 1 of 20")):
        page.get_by_role("button", name=name).click()
        page.locator("[data-out=progress]").filter(has_text=progress).wait_for()
    page.wait_for_selector(".lecture-demo-orders[aria-busy=false]")
    assert [text(page, name) for name in "ab"] == ["37.79", "37.76"]
