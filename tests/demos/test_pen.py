"""The demo in which the handwriting network goes on from the reader's pen: numbers, steps and paths are PyTorch's."""

import math
from typing import Any

import pytest
import torch
from demo_pages import open_demo, text
from node import node
from safetensors.torch import load_file
from torch import Tensor

from lecturelib.demos import pen
from lecturelib.demos.weights import dequantised, pack
from lecturelib.paths import data_dir
from lecturelib.recipes import handwriting
from lecturelib.recurrent.handwriting import HandwritingRNN, Mixture

SCRIPTS = ("models.js", "handwriting_rnn.js", "pen_strokes.js")
NETWORK = (
    """(packed) => handwritingRNN(Object.fromEntries(Object.entries(packed).map(([k, one]) => [k, decode(one)])))"""
)
FOLLOW = f"""(packed, x, bias) => {{
    const followed = follower(({NETWORK})(packed));
    for (const _ of followed.follow(x));
    return {{ ...followed, mixtures: followed.outputs.map((y) => mixtureOf(y, bias)) }};
}}"""
UNIT = 543.1


def state() -> dict[str, Tensor]:
    """The stored network's weights, or those of a small one where they are absent."""
    path = data_dir() / "weights" / "handwriting-omniglot.safetensors"
    if path.exists():
        return {name: value.float() for name, value in load_file(path).items()}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return {name: 3 * value for name, value in HandwritingRNN(8, 3, 5).state_dict().items()}


def sent(weights: dict[str, Tensor]) -> HandwritingRNN:
    """The network in float64, with the weights that a browser gets."""
    hidden, components = len(weights["layers.0.b.0"]) // 4, (len(weights["out.bias"]) - 1) // 6
    model = HandwritingRNN(hidden, 3, components)
    model.load_state_dict(dequantised("handwriting", weights))
    return model.double()


def drawing() -> Tensor:
    """Two strokes with a dot between them, and one that is not finished: [steps, 3], float64."""
    ways = [one["way"] for one in pen.BEGINNINGS[1:3]]
    steps = [[dx, dy, float(k == len(ways[0]) - 1)] for k, (dx, dy) in enumerate(ways[0])] + [[40.3, -20.1, 1]]
    x = torch.tensor(steps + [[dx, dy, 0] for dx, dy in ways[1]], dtype=torch.float64)
    return torch.cat([x[:, :2] * 10 / UNIT, x[:, 2:]], dim=1)


@torch.no_grad()
def test_states_mixtures_and_nats_are_pytorch_s():
    weights, x = state(), drawing()
    model = sent(weights)
    got = node(SCRIPTS, FOLLOW, pack("handwriting", weights), x.tolist(), 0.7)
    read = torch.cat([torch.zeros(1, 3).double(), x])[None]
    h, difference = read[..., :0], 0.0
    for n, layer in enumerate(model.layers):
        h, _ = layer(torch.cat([read, h], dim=-1))
        found = torch.tensor([one[n]["h"] for one in got["states"]], dtype=torch.float64)
        difference = max(difference, float((found - h[0]).abs().max()))
    mixture: Mixture = model(read)[0].biased(0.7)
    for name in ("e", "pi", "mu", "sigma", "rho"):
        found = torch.tensor([one[name] for one in got["mixtures"]], dtype=torch.float64)
        difference = max(difference, float((found - getattr(mixture, name)[0]).abs().max()))
    nats = -model.mixture(x[None]).log_prob(x[None])[0]
    difference = max(difference, float((torch.tensor(got["nats"], dtype=torch.float64) - nats).abs().max()))
    print(f"h, mixtures and nats: difference to PyTorch at most {difference:.1e}")
    assert h.std() > 0.05
    assert nats.std() > 0.1
    assert difference < 1e-8


@torch.no_grad()
def test_paths_are_those_that_pytorch_draws_from_the_same_noise():
    weights, x = state(), drawing()
    model, count, length = sent(weights), 3, 4
    script = f"""(packed, x, settings) => {{
        const network = ({NETWORK})(packed), followed = follower(network);
        for (const _ of followed.follow(x));
        const walk = futures(followed, network, x.length, settings), tips = [];
        let step;
        do step = walk.next(); while (!step.done);
        for (let t = 0; t < settings.length; t += 1) {{
            const next = nextStep(followed, x.length + t, settings);
            tips.push(next);
            followed.push(pointsOf([next])[0]);
        }}
        const noise = (path) => tips.map((_, k) => noiseOf(settings.seed, path, x.length + k));
        return [[tips, ...step.value], [0, 1, 2, 3].map(noise)];
    }}"""
    settings = {"seed": 5, "bias": 0.5, "count": count, "length": length}
    paths, noise = node(SCRIPTS, script, pack("handwriting", weights), x.tolist(), settings)
    for path, numbers in zip(paths, torch.tensor(noise, dtype=torch.float64), strict=True):
        read = torch.cat([torch.zeros(1, 3).double(), x])[None]
        mixture, carried = model(read)
        for step, number in zip(path, numbers, strict=True):
            want = mixture[0, -1].biased(0.5).draw(number[:2], number[2:])
            assert [step["dx"], step["dy"]] == (want[:2] * UNIT).round().tolist()
            assert (step["pen"], step["by"]) == (want[2], 1)
            point = torch.tensor([step["dx"] / UNIT, step["dy"] / UNIT, step["pen"]], dtype=torch.float64)
            mixture, carried = model(point[None, None], carried)
    assert len({str(path) for path in paths}) == count + 1


def test_noise_is_uniform_and_normal():
    noise = torch.tensor(node(SCRIPTS, "() => Array.from({ length: 4000 }, (_, t) => noiseOf(2, t % 30, t))"))
    assert (noise.mean(0) - torch.tensor([0.5, 0.5, 0, 0])).abs().max() < 0.06
    assert (noise.std(0) - torch.tensor([1 / math.sqrt(12)] * 2 + [1, 1])).abs().max() < 0.05
    assert (noise.T.corrcoef() - torch.eye(4)).abs().max() < 0.06


def test_the_unit_is_that_of_the_training_drawings():
    assert math.isclose(node(SCRIPTS, "() => UNIT"), 10 / handwriting.GRID)
    assert math.isclose(pen.GRID, handwriting.GRID)


def rdp(points: list[list[int]]) -> list[list[int]]:
    """Ramer, Douglas and Peucker, in the words of the definition."""
    first, last = (torch.tensor(points[k]).double() for k in (0, -1))
    inner = torch.tensor(points[1:-1]).double().view(-1, 2) - first
    along = last - first
    if len(inner) == 0:
        return points
    far = (inner[:, 0] * along[1] - inner[:, 1] * along[0]).abs() / along.norm() if along.any() else inner.norm(dim=1)
    k = int(far.argmax()) + 1
    return rdp(points[: k + 1])[:-1] + rdp(points[k:]) if far[k - 1] > 40 else [points[0], points[-1]]


def test_strokes_are_thinned_and_lie_on_pixels():
    t = torch.linspace(0, 5, 80)
    way = torch.stack([1500 * t.cos() + 200 * t, 1100 * (1.7 * t).sin()], dim=1)
    places = torch.cat([way, way[-1:], way[:1]]).tolist()  # comes to rest, and ends where it began
    got = node(SCRIPTS, "thinned", [{"x": x, "y": y} for x, y in places])
    on = [[60 * math.floor(value / 60 + 0.5) for value in place] for place in places]
    want = rdp([place for k, place in enumerate(on) if not k or place != on[k - 1]])
    assert [[one["x"], one["y"]] for one in got] == want
    assert 10 < len(want) < 60


def add(steps: list[Any], way: list[tuple[int, int]], lifted: int, origin: tuple[int, int] = (0, 0)) -> Any:
    places = [{"x": x, "y": y} for x, y in way]
    return node(SCRIPTS, "withStroke", {"origin": dict(zip("xy", origin, strict=True)), "steps": steps}, places, lifted)


def test_strokes_become_steps():
    first = add([], [(600, 0), (600, 300), (900, 300)], 0, (7, 7))
    rows = [tuple(one.values()) for one in first["steps"]]
    assert (first["origin"], rows) == ({"x": 600, "y": 0}, [(0, 300, 0, 0), (300, 0, 0, 0)])
    dot = add(first["steps"], [(960, 360)], 1, (600, 0))["steps"]
    assert [tuple(one.values()) for one in dot] == [(0, 300, 0, 0), (300, 0, 1, 0), (60, 60, 1, 0)]
    begun = add([], [(60, 60)], 1)  # a dot that comes first is the shortest line
    assert [tuple(one.values()) for one in begun["steps"]] == [(0, 60, 1, 0)]
    long = add([], [(600 * (k % 2), 60 * k) for k in range(2000)], 0)["steps"]
    assert len(long) == 700
    assert node(SCRIPTS, "strokesOf", dot) == [[0, 1, 2], [3]]
    assert node(SCRIPTS, "strokesOf", dot, True) == [[1, 2], [3]]


def test_a_drawing_as_text_and_back():
    rows = [(-20000, 20000, 1, 1), (0, -3, 0, 1), (60, 1, 1, 0)]
    steps = [dict(zip(("dx", "dy", "pen", "by"), row, strict=True)) for row in rows]
    written = node(SCRIPTS, "toText", steps)
    assert (len(written), node(SCRIPTS, "fromText", written)) == (21, steps)
    assert node(SCRIPTS, "fromText", "") == []
    for broken in (written[1:], written + "000", "zzzzzz1", "\U0001f642" * 7, "000000" + "4", 701 * "aaaaaa0"):
        assert node(SCRIPTS, "fromText", broken) is None


def test_the_still_holds_the_beginning_and_its_paths():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        drawn = pen.still(HandwritingRNN(8, 3, 5))
    assert drawn.startswith('<svg class="lecture-demo-still" role="img" aria-label="The beginning of a character')
    assert 30 <= drawn.count("M") <= 30 * 21 + 1
    assert len(pen.BEGINNINGS[0]["way"]) == drawn.rpartition('d="M')[2].count("L")


NUMBERS = "(document.querySelector('[data-out=numbers]')?.innerText ?? '')"


def numbers(page: Any, wanted: str) -> str:
    """Wait until the numbers speak of `wanted`, and return them."""
    page.wait_for_function(f"wanted => {NUMBERS}.includes(wanted)", arg=wanted)
    return text(page, "numbers")


@pytest.mark.slow
def test_the_page(watched):
    page = open_demo(watched, "handwriting")
    sheet, status = page.locator(".lecture-demo-sheet"), page.locator(".lecture-demo-status")
    page.wait_for_selector(".lecture-demo-sheet")
    first = numbers(page, "1 stroke, 8 steps")
    page.get_by_label("the pen stays on the paper").uncheck()
    page.wait_for_function(f"first => {NUMBERS} !== first", arg=first)
    page.get_by_role("button", name="Undo").click()
    page.wait_for_function(f"first => {NUMBERS} === first", arg=first)
    assert page.get_by_label("the pen stays on the paper").is_checked()
    page.get_by_role("button", name="Write a stroke").click()
    page.wait_for_function("document.querySelector('.lecture-demo-status')?.innerText.startsWith('The network drew')")
    drawn = status.inner_text()
    page.get_by_role("button", name="Undo").click()
    numbers(page, "8 steps")
    page.get_by_role("button", name="Write a stroke").click()
    page.wait_for_function("document.querySelector('.lecture-demo-status')?.innerText.startsWith('The network drew')")
    assert status.inner_text() == drawn  # the same seed, the same stroke

    page.get_by_role("button", name="Empty sheet").click()
    page.wait_for_function(f"{NUMBERS}.startsWith('Of the')")
    box = sheet.bounding_box()
    assert box
    page.mouse.move(box["x"] + 100, box["y"] + 80)
    page.mouse.down()
    page.mouse.move(box["x"] + 100, box["y"] + 200, steps=5)
    page.mouse.move(box["x"] + 200, box["y"] + 200, steps=5)
    page.mouse.up()
    assert status.inner_text() == "Your stroke is 2 steps."
    numbers(page, "1 stroke, 2 steps")
    sheet.press("ArrowRight")
    sheet.press("Space")
    for key in ("ArrowUp", "ArrowUp", "Shift+ArrowUp", "ArrowRight"):
        sheet.press(key)
    sheet.press("Space")
    assert status.inner_text() == "Your stroke is 3 steps."  # a move without ink, up, right
    numbers(page, "2 strokes, 5 steps")

    page.get_by_label("One path").fill("7")
    page.get_by_label("Bias").fill("2")
    page.wait_for_function("document.querySelector('[data-out=path]')?.innerText === 'none'")
    page.wait_for_selector(".lecture-demo-sheet[aria-busy=false]")
    page.get_by_label("One path").fill("7")
    page.get_by_role("button", name="Take this path").click()
    numbers(page, "25 steps")
    cells = page.locator(".lecture-demo-cells")
    cells.press("ArrowRight")
    page.wait_for_function("document.querySelector('[data-out=cell]')?.innerText.startsWith('Cell 2 of layer 1: from')")
    page.get_by_label("Colour the strokes by").select_option("surprise")
    page.wait_for_function("document.querySelector('[data-out=cell]')?.innerText.startsWith('The dearest step')")
    found = text(page, "numbers") + text(page, "cell")
    page.get_by_role("button", name="Link to this").click()
    again = watched()
    again.page.goto(page.url)
    again.page.wait_for_selector(".lecture-demo-sheet")
    again.page.wait_for_function("document.querySelector('[data-out=cell]')?.innerText")
    assert text(again.page, "numbers") + text(again.page, "cell") == found

    for _ in range(50):  # on, off, on, …
        page.locator("[data-act=write]").evaluate("one => one.click()")
    assert status.inner_text() == "Stopped."
    assert page.locator("[data-act=write]").inner_text() == "Write on"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Reset").click()
    assert numbers(page, "8 steps") == first

    long = watched().open("book/handwriting-dark.html#handwriting=0.5_1_1_hand_" + 697 * "fgkffk0")
    numbers(long, "697 steps")
    long.get_by_role("button", name="Write on").click()
    numbers(long, "700 steps")
    long.wait_for_function(
        "document.querySelector('.lecture-demo-status')?.innerText.startsWith('700 steps are enough')"
    )
    assert long.locator("[data-act=write]").is_disabled()
    broken = watched().open("book/handwriting-light.html#handwriting=9_0_4_900_zzz")
    assert numbers(broken, "8 steps") == first
