"""The demos with photographs: pictures and networks are PyTorch's, and the pages do what they say."""

import pytest
import torch
from demo_pages import open_demo, text
from node import node
from torch.nn.functional import adaptive_avg_pool2d, interpolate

from lecturelib import recipes
from lecturelib.augment import chromatic_aberration, project_colors
from lecturelib.demos import photographs

PICTURES = """(x) => {
    const edges = (one, edge) => Array.from(shuffled(one, edge, uniforms(3)));
    return { turns: [0, 1, 2, 3].map((y) => turnedBy(x, y)), coarse: coarse(x, 4), tiles: edges(x, 8) };
}"""
TURNS = """(tensors, pictures) => {
    const weights = Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, decode(tensor)]));
    return pictures.map((x) => {
        const walk = turnLogits(weights, x, 32);
        let step;
        do step = walk.next(); while (!step.done);
        return [...step.value];
    });
}"""


def test_pictures_are_turned_averaged_and_shuffled_as_in_the_chapter():
    x = torch.rand(3, 32, 32, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    got = node(("models.js", "photographs.js"), PICTURES, x.flatten().tolist())
    for y, turned in enumerate(got["turns"]):
        assert torch.equal(torch.tensor(turned, dtype=torch.float64), x.rot90(y, dims=(1, 2)).flatten())
    means = interpolate(adaptive_avg_pool2d(x, 4)[None], 32)[0]
    torch.testing.assert_close(torch.tensor(got["coarse"], dtype=torch.float64), means.flatten())

    def tiles(picture):
        cut = picture.unfold(1, 8, 8).unfold(2, 8, 8).permute(1, 2, 0, 3, 4).flatten(0, 1)
        return [tuple(tile.flatten().tolist()) for tile in cut]

    shuffled = tiles(torch.tensor(got["tiles"], dtype=torch.float64).view_as(x))
    assert shuffled != tiles(x)
    assert sorted(shuffled) == sorted(tiles(x))


def test_folding_changes_nothing_and_the_page_answers_as_the_rounded_network():
    model = recipes.load_model("rotation-cifar10")
    _, x = photographs.pictures()
    turned = torch.cat([x.rot90(y, dims=(2, 3)) for y in range(4)])
    with torch.no_grad():
        exact, rounded = model(turned), photographs.sent(model)(turned.double())
        torch.testing.assert_close(photographs.folded(model)(turned), exact, atol=1e-4, rtol=1e-4)
    pictures = turned.double().flatten(1).tolist()
    got = torch.tensor(node(("models.js", "resnet.js"), TURNS, photographs.pack(model), pictures), dtype=torch.float64)
    difference, error = (got - rounded).abs(), (got - exact).abs()
    same = (exact.argmax(1) == got.argmax(1)).double().mean()
    print(f"logits: at most {difference.max():.1e} from the rounded network, mean {difference.mean():.1e}; from the")
    print(f"exact one at most {error.max():.3f}, mean {error.mean():.3f}; same answers: {same:.0%}")
    assert difference.max() < 1e-9
    assert error.max() < 0.2
    assert same > 0.94


PAIRS = """(x, patch) => ({
    places: [0, 1, 2, 3, 4].flatMap((gap) => Array.from({ length: 60 }, (_, k) => {
        const jitter = Math.min(mostJitter(gap), k % 3);
        return [gap, jitter, anyPair(gap, jitter, uniforms(k))];
    })),
    cut: patchAt(x, [3, 21]), lens: throughLens(x, 0.2), projected: projected(patch),
    dropped: dropped(patch, uniforms(4)),
})"""
DIRECTIONS = TURNS.replace("turnLogits(weights, x, 32)", "directionLogits(weights, ...x)")


def test_pairs_lie_where_they_should_and_are_coloured_as_in_the_library():
    x = torch.rand(3, 32, 32, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    patch = x[:, :8, :8]
    scripts = ("models.js", "photographs.js", "pairs.js", "neighbour_page.js")
    got = node(scripts, PAIRS, x.flatten().tolist(), patch.flatten().tolist())
    seen = set()
    for gap, jitter, pair in got["places"]:
        (row, column), (r, c), cell = pair["first"], pair["second"], pair["y"] + (pair["y"] >= 4)
        assert all(0 <= corner <= 24 for corner in (row, column, r, c))
        step = [(8 + gap) * (cell // 3 - 1), (8 + gap) * (cell % 3 - 1)]
        assert max(abs(r - row - step[0]), abs(c - column - step[1])) <= 2 * jitter
        assert max(abs(r - row), abs(c - column)) >= 8  # they never overlap
        seen.add((gap, pair["y"]))
    assert len(seen) > 36

    def same(name, want):
        torch.testing.assert_close(torch.tensor(got[name], dtype=torch.float64), want.flatten(), atol=1e-6, rtol=0)

    same("cut", x[:, 3:11, 21:29])
    same("lens", chromatic_aberration(x[None], 0.2)[0])
    same("projected", project_colors(patch[None])[0].clamp(0, 1))
    dropped = torch.tensor(got["dropped"], dtype=torch.float64).view(3, 8, 8)
    kept = [torch.equal(one, of) for one, of in zip(dropped, patch, strict=True)]
    assert kept.count(True) == 1
    noise = dropped[[k for k, one in enumerate(kept) if not one]] - 0.5
    assert 0.005 < noise.std() < 0.02


def test_directions_are_those_of_the_rounded_network():
    model = recipes.load_model("relative-patch-cifar10")
    _, x = photographs.pictures()
    first, second, _ = model.pair(x.repeat(4, 1, 1, 1), torch.Generator().manual_seed(1))
    with torch.no_grad():
        exact, rounded = model(first, second), photographs.sent(model)(first.double(), second.double())
    pairs = [
        [one.double().flatten().tolist(), two.double().flatten().tolist()]
        for one, two in zip(first, second, strict=True)
    ]
    scripts = ("models.js", "resnet.js", "photographs.js", "pairs.js")
    got = torch.tensor(node(scripts, DIRECTIONS, photographs.pack(model), pairs), dtype=torch.float64)
    difference, error = (got - rounded).abs(), (got - exact).abs()
    same = (exact.argmax(1) == got.argmax(1)).double().mean()
    print(f"logits: at most {difference.max():.1e} from the rounded network, mean {difference.mean():.1e}; from the")
    print(f"exact one at most {error.max():.3f}, mean {error.mean():.3f}; same answers: {same:.0%}")
    assert difference.max() < 1e-9
    assert error.max() < 0.2
    assert same > 0.9


@pytest.mark.slow
def test_the_page_of_two_patches(watched):
    page = open_demo(watched, "which_neighbour")
    status = page.locator(".lecture-demo-status")
    assert text(page, "score") == "Pair 1."
    page.locator("[data-guess='1']").press("Enter")
    page.wait_for_selector(".lecture-demo-whole:not([hidden])")
    assert "You said above, the network" in status.inner_text()
    assert "of 1; by chance 0.1" in text(page, "score")
    assert page.locator(".lecture-demo-true").count() == 1
    page.keyboard.press("Enter")  # the focus is on the button to the next pair
    page.wait_for_selector(".lecture-demo-whole", state="hidden")
    page.get_by_label("Gap").fill("0")
    assert text(page, "jitter") == "0"
    page.get_by_label("Colours").select_option("project")
    page.get_by_label("a bad lens").check()
    page.get_by_role("button", name="Link to this").click()
    assert page.url.endswith("#which_neighbour=0_1_0_0_project_1")
    again = watched().open("book/which_neighbour-light.html#" + page.url.split("#")[1])
    again.wait_for_selector("[data-out=gap]")
    assert text(again, "score") == "Pair 2."
    assert text(again, "gap") == "0"
    for _ in range(12):  # quickly, while the network is still at work
        again.locator("[data-guess='0']").click()
        again.locator("[data-act=next]").click()
    page.get_by_role("button", name="Ask the network about").click()
    page.locator("li").filter(
        has_text="gap 0, jitter 0, colours green against magenta projected away, bad lens:"
    ).wait_for()
    page.get_by_role("button", name="Reset").click()
    assert page.locator("li").count() == 0
    assert text(page, "score") == "Pair 1."


@pytest.mark.slow
def test_the_page_of_turned_photographs(watched, tmp_path):
    page = open_demo(watched, "which_way_up")
    status = page.locator(".lecture-demo-status")
    assert text(page, "score") == "Picture 1 of 10."
    page.locator("[data-out=picture]").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector(".lecture-demo-all:not([hidden])")
    assert "It is an astronaut" in status.inner_text()
    assert "of 1; by chance 0.3" in text(page, "score")
    assert page.locator(".lecture-demo-true").count() == 1
    figures = page.locator("figcaption").all_inner_texts()
    page.keyboard.press("Enter")  # the focus is on the button to the next picture
    page.wait_for_selector(".lecture-demo-all", state="hidden")
    assert page.get_by_role("button", name="top").is_enabled()
    page.get_by_label("You and the network see").select_option("coarse2")
    page.get_by_role("button", name="Link to this").click()
    assert page.url.endswith("#which_way_up=0_1_coarse2")
    again = watched().open("book/which_way_up-light.html#" + page.url.split("#")[1])
    again.wait_for_selector("[data-out=picture]")
    assert text(again, "score") == "Picture 2 of 10."
    for _ in range(12):  # quickly, while the network is still at work
        again.locator("[data-guess='0']").click()
        again.locator("[data-act=next]").click()
    assert again.locator("[data-guess='0']").is_enabled()
    odd = tmp_path / "odd.png"
    odd.write_text("no picture")
    one = tmp_path / "one.png"
    page.locator("canvas").first.screenshot(path=one)
    page.locator("input[type=file]").set_input_files([odd, one])
    status.filter(has_text="1 of 2 files could not be read").wait_for()
    assert text(page, "score").startswith("Picture 11 of 11.")
    page.locator("[data-guess='2']").click()
    status.filter(has_text="a picture of yours").wait_for()
    page.get_by_role("button", name="Link to this").click()
    status.filter(has_text="never leaves").wait_for()
    page.get_by_role("button", name="Reset").click()
    assert text(page, "score") == "Picture 1 of 10."
    page.locator("[data-guess='1']").click()
    page.wait_for_selector(".lecture-demo-all:not([hidden])")
    assert page.locator("figcaption").all_inner_texts() == figures
