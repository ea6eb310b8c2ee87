"""The demos of contrastive learning: loss, gradient, pictures and training are the library's."""

import pytest
import torch
from demo_pages import open_demo, text
from node import node
from torch import Tensor
from torch.nn.functional import normalize

from lecturelib.contrastive import nt_xent
from lecturelib.demos import computed, shapes

CIRCLE = ("link.js", "numbers.js", "nt_xent.js", "circle_page.js")
SHAPES = ("models.js", "link.js", "nt_xent.js", "shapes.js", "small_network.js", "own_picture.js", "shapes_page.js")
ALL = """(degrees, temperature) => {
    const angles = radians(degrees), z = onCircle(angles), found = ntXent(z, temperature), m = angles.length;
    const along = (wish) => turning(z, slopes(z, found, temperature, WISHES[wish]));
    return { ...found, z, loss_: along("loss"), alignment_: along("alignment"), uniformity_: along("uniformity"),
        shares: shares(found.s, 1, m, temperature) };
}"""
TRAIN = """(weights, batches, temperature, wish, rate) => {
    const network = newNetwork(() => 0.5, batches[0][0].length, weights.b1.length), found = [];
    for (const [name, values] of Object.entries(weights)) network.weights[name].set(values);
    for (const batch of batches) found.push(train(network, batch, temperature, WISHES[wish], rate));
    return { weights: network.weights, found };
}"""
FROM_LINK = "(hash) => { globalThis.location = { hash }; return linked(); }"


def double(values: object) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


@pytest.mark.parametrize("temperature", [0.02, 0.5, 5.0])
def test_the_loss_its_parts_and_its_gradients_are_those_of_the_library(temperature):
    got = node(CIRCLE, ALL, computed.VIEWS, temperature)
    angles = double(computed.VIEWS).deg2rad().requires_grad_()
    m = len(angles)
    n = m // 2
    z = torch.stack([angles.cos(), angles.sin()], dim=1)
    loss = nt_xent(z[:n], z[n:], temperature)
    partner, others = torch.arange(m).roll(n), ~torch.eye(m, dtype=torch.bool)
    squared = (z[:, None] - z[None]).square().sum(dim=2)
    alignment = squared[torch.arange(m), partner].mean() / (2 * temperature)
    bumps = (-squared / (2 * temperature)).masked_fill(~others, -torch.inf)
    uniformity = (bumps.logsumexp(dim=1) - torch.log(double(m - 1))).mean()
    for name, value in (("loss", loss), ("alignment", alignment), ("uniformity", uniformity)):
        (gradient,) = torch.autograd.grad(value, angles, retain_graph=True)
        assert abs(got[name] - float(value.detach())) < 1e-9
        assert (double(got[f"{name}_"]) - gradient).abs().max() < 1e-9
    assert abs(got["alignment"] + got["uniformity"] + torch.log(double(m - 1)) - got["loss"]) < 1e-9
    logits = (z @ z.T / temperature).masked_fill(~others, -torch.inf).detach()
    assert (double(got["p"]).view(m, m) - logits.softmax(dim=1)).abs().max() < 1e-9
    assert (double(got["losses"]) + logits.log_softmax(dim=1)[torch.arange(m), partner]).abs().max() < 1e-9
    negatives = logits[1].clone()
    negatives[partner[1]] = -torch.inf
    assert (double(got["shares"]) - negatives.softmax(dim=0)).abs().max() < 1e-9


def test_views_on_one_point_are_ignorance_and_do_not_move():
    got = node(CIRCLE, ALL, [90] * 8, 0.2)
    assert abs(got["loss"] - torch.log(double(7))) < 1e-12
    assert double(got["loss_"]).abs().max() < 1e-12


def test_the_page_s_first_points_and_the_chapter_s_example():
    assert node(CIRCLE, "() => POINTS") == list(computed.VIEWS)
    z = double(node(CIRCLE, "() => onCircle(radians(CHAPTER))")).view(4, 2)
    assert (z - double([[1, 0], [0, 1], [0.8, 0.6], [-0.6, 0.8]])).abs().max() < 1e-12
    found = node(CIRCLE, "() => [0.5, 2].map((temperature) => ntXent(onCircle(radians(CHAPTER)), temperature).loss)")
    assert [round(one, 2) for one in found] == [0.43, 0.86]
    got = node(CIRCLE, "(degrees) => spacing(radians(degrees))", [350, 200, 100, 20, 210, 100])
    assert got["gaps"] == [95, 105, 160]
    assert abs(got["apart"] - 30) < 1e-9


def test_links_are_read_and_broken_ones_are_not():
    good = node(CIRCLE, FROM_LINK, "#pull_and_push=3_20_2_loss_p_0_90_180_270.5")
    assert (good["now"]["view"], good["now"]["table"]) == (3, "p")
    assert abs(good["angles"][3] - double(270.5).deg2rad()) < 1e-12
    for broken in (
        "",
        "0_20_2_loss_p_0_90_180",
        "4_20_2_loss_p_0_90_180_270",
        "0_99_2_loss_p_0_90_180_270",
        "0_20_2_toString_p_0_90_180_270",
        "0_20_2_loss_p_0_90_180_x",
        "0_20_2_loss_p" + 14 * "_9",
    ):
        assert node(CIRCLE, FROM_LINK, f"#pull_and_push={broken}") is None
    good = node(SHAPES, FROM_LINK, "#small_simclr=3_light_own-1-50-0-100-7_200-1110-2_0-0111-5")
    assert good["parts"][1] == {
        "steps": 0,
        "now": {"negatives": False, "shift": True, "size": True, "brightness": True, "temperature": 5},
    }
    assert good["own"] == {"kind": 1, "x": 50, "y": 0, "r": 100, "light": 7}
    own = "own-1-50-0-100-7"
    for broken in (
        f"3_light_{own}",
        f"3_light_{own}_9-1111-9",
        f"x_light_{own}_9-1111-2",
        f"3_toString_{own}_9-1111-2",
        f"3_kind_{own}_4000-1111-2_4000-1111-1",
        "3_kind_own-1-50-0-101-7_9-1111-2",
        "3_kind_9-1111-2",
    ):
        assert node(SHAPES, FROM_LINK, f"#small_simclr={broken}") is None


def test_pictures_are_the_library_s_and_views_change_what_they_may():
    script = """() => [["shift", "size", "brightness"], ["size"], []].map((parts) => {
        const batch = batchOf(20, parts, uniforms(5));
        return batch.map((shape) => ({ ...shape, pixels: pixelsOf(shape) }));
    })"""
    for batch, changed in zip(node(SHAPES, script), ({"x", "y", "r", "light"}, {"r"}, set()), strict=True):
        kind = torch.tensor([one["kind"] for one in batch])
        shape = double([[one[name] for name in ("x", "y", "r", "light")] for one in batch])
        assert (double([one["pixels"] for one in batch]) - shapes.pictures(kind, shape)).abs().max() < 1e-12
        assert ((shape >= shapes.LOW) & (shape <= shapes.HIGH)).all()
        assert len(kind.unique()) == len(shapes.KINDS)
        for first, second in zip(batch[:20], batch[20:], strict=True):
            assert {name for name in ("kind", "x", "y", "r", "light") if first[name] != second[name]} == changed


@pytest.mark.parametrize("negatives", [True, False])
def test_three_steps_of_training_are_those_of_torch(negatives):
    torch.manual_seed(0)
    model = shapes.network()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    state = {key: value.t().flatten().tolist() for key, value in model.state_dict().items()}
    weights = {"W1": state["0.weight"], "b1": state["0.bias"], "W2": state["2.weight"], "b2": state["2.bias"]}
    low, high = shapes.LOW, shapes.HIGH
    batches = [shapes.pictures(torch.arange(12) % 5, low + (high - low) * torch.rand(12, 4).double()) for _ in range(3)]
    got = node(SHAPES, TRAIN, weights, [x.tolist() for x in batches], 0.2, "loss" if negatives else "alignment", 0.01)
    for x, found in zip(batches, got["found"], strict=True):
        optimizer.zero_grad()
        u = model(x)
        loss = shapes.loss_of(u, 0.2, negatives=negatives)
        loss.backward()
        optimizer.step()
        cosine = (normalize(u) @ normalize(u).T).detach()
        partners = cosine[torch.arange(12), torch.arange(12).roll(6)]
        assert abs(found["loss"] - float(loss.detach())) < 1e-9
        assert abs(found["partners"] - float(partners.mean())) < 1e-9
        assert abs(found["others"] - float((cosine.sum() - 12 - partners.sum()) / (12 * 10))) < 1e-9
    for name, parameter in zip(("W1", "b1", "W2", "b2"), model.parameters(), strict=True):
        assert (double(got["weights"][name]) - parameter.detach().t().flatten()).abs().max() < 1e-9


def test_neighbours_are_counted():
    z = normalize(torch.randn(20, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64))
    kinds = torch.arange(20) % 3
    near = (z @ z.T).fill_diagonal_(-2).topk(4).indices
    want = (kinds[near] == kinds[:, None]).double().mean()
    assert abs(node(SHAPES, "sameAmongNearest", z.tolist(), kinds.tolist(), 4) - want) < 1e-12


def test_with_negatives_kinds_part_and_without_all_collapse():
    kinds, z = shapes.trained(negatives=True)
    near = (z @ z.T).fill_diagonal_(-2).topk(5).indices
    assert (kinds[near] == kinds[:, None]).double().mean() > 0.85
    _, z = shapes.trained(negatives=False)
    assert (z @ z.T).min() > 0.99


@pytest.mark.slow
def test_the_page_of_the_circle(watched):
    page = open_demo(watched, "pull_and_push", reduced_motion="reduce")
    status, view = page.locator(".lecture-demo-status"), page.locator("[data-out=view]")
    first, share = view.inner_text(), text(page, "share")
    assert "5′" in first
    slider = page.get_by_label("Temperature")
    slider.press("Home")
    assert text(page, "temperature") == "0.02"
    assert float(text(page, "share")[:-1]) > 95 > 50 > float(share[:-1])
    page.get_by_role("button", name="The chapter").click()
    assert page.locator("tbody tr").count() == 4
    page.get_by_role("button", name="Reset").click()
    assert view.inner_text() == first
    point = page.get_by_role("slider", name="View 5′")
    point.focus()
    point.press("Shift+ArrowUp")
    assert point.get_attribute("aria-valuenow") == "355"
    assert "View" in page.locator(".lecture-demo-say").first.inner_text()
    box = page.locator("[data-view='0']").bounding_box()
    rim = page.locator(".lecture-demo-rim").bounding_box()
    assert box
    assert rim
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(rim["x"] + rim["width"] / 2, rim["y"] - 20, steps=3)
    page.mouse.up()
    assert page.locator("[data-view='0']").get_attribute("aria-valuenow") == "90"
    page.get_by_role("button", name="All on one point").click()
    page.get_by_role("button", name="Run to the end").click()
    assert "Move a point" in status.inner_text()
    page.get_by_label("Images n").fill("6")
    assert page.locator("tbody tr").count() == 12
    for _ in range(50):
        page.get_by_role("button", name="Other points").click()
    page.get_by_label("Temperature").fill("21")
    page.get_by_role("button", name="Run to the end").click()
    page.wait_for_function("document.querySelector('.lecture-demo-status')?.textContent.includes('images: 60°')")
    page.get_by_role("button", name="Link to this").click()
    found = view.inner_text()
    again = watched()
    again.page.goto(page.url)
    again.page.wait_for_selector(".lecture-demo-circle")
    assert again.page.locator("[data-out=view]").inner_text() == found
    page.get_by_role("button", name="Back to before").click()
    assert view.inner_text() != found


@pytest.mark.slow
def test_the_page_of_shapes(watched):
    page = open_demo(watched, "small_simclr", reduced_motion="reduce")
    run = page.get_by_role("button", name="Run 100 steps")
    for _ in range(3):
        run.click()
        page.wait_for_selector("[data-act=run]:has-text('Run')")
    assert text(page, "steps") == "300"
    assert int(text(page, "nearest")[:-1]) > 80
    page.get_by_label("brightness").first.uncheck()
    page.get_by_label("Colour by").select_option("light")
    page.get_by_role("button", name="One step").click()
    page.wait_for_function("document.querySelector('[data-out=steps]')?.innerText === '301'")
    page.get_by_role("button", name="Link to this").click()
    numbers = page.locator("[data-out=numbers]").inner_text()
    again = watched()
    again.page.goto(page.url)
    again.page.wait_for_function(
        "want => document.querySelector('[data-out=numbers]')?.innerText === want", arg=numbers
    )
    page.get_by_role("button", name="Reset").click()
    page.get_by_label("has negatives").uncheck()
    for _ in range(21):
        run.click()
    page.wait_for_selector("[data-act=run]:has-text('Run')")
    assert text(page, "steps") != "0"
    page.wait_for_timeout(300)
    run.click()
    page.wait_for_selector("[data-act=run]:has-text('Run')")
    label = str(page.locator(".lecture-demo-curves").get_attribute("aria-label"))
    assert label.endswith("partners 1.00, different pictures 1.00")
