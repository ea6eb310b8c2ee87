"""The demo of masks and receptive fields: its paths are PyTorch's derivatives, and its page says what it counts."""

from typing import Any

import pytest
import torch
from demo_pages import open_demo, text
from node import node
from torch import Tensor, nn

from lecturelib.autoregressive import GatedPixelCNN, PixelCNN, gated_pixelcnn
from lecturelib.autoregressive.masked import MaskedConv2d, VerticalConv2d

NETWORK: dict[str, Any] = {
    "stacks": 1,
    "channels": 1,
    "layers": 3,
    "first": 7,
    "mask": "A",
    "kernel": 3,
    "masks": "B",
    "dilations": [1],
}
TARGET = {"height": 12, "width": 11, "row": 8, "column": 4, "channel": 0}
PATHS = """(cases) => cases.map(([network, target]) => {
    const walk = countPaths(network, target);
    let step;
    do step = walk.next(); while (!step.done);
    return [...step.value];
})"""


def convolution(channels: int, kernel: tuple[int, int], mask: str, dilation: int) -> nn.Conv2d:
    if mask == "none":
        padding = (dilation * (kernel[0] // 2), dilation * (kernel[1] // 2))
        return nn.Conv2d(channels, channels, kernel, padding=padding, dilation=dilation)
    return MaskedConv2d(channels, channels, kernel, mask, channels, dilation=dilation)  # type: ignore[arg-type]


class Stacks(nn.Module):
    """One feature per colour in the horizontal stack, one in the vertical; sums in place of the gates."""

    def __init__(self, network: dict[str, Any]) -> None:
        super().__init__()
        self.channels, self.two = network["channels"], network["stacks"] == 2
        self.horizontal, self.vertical = nn.ModuleList(), nn.ModuleList()
        for layer in range(network["layers"]):
            k, mask = (network["kernel"], network["masks"]) if layer else (network["first"], network["mask"])
            dilation = network["dilations"][(layer - 1) % len(network["dilations"])] if layer else 1
            self.horizontal.append(convolution(self.channels, (1 if self.two else k, k), mask, dilation))
            into = 1 if layer else self.channels
            self.vertical.append(VerticalConv2d(into, 1, (k // 2 + bool(layer), k), dilation))

    def forward(self, x: Tensor) -> Tensor:
        h, v = x, nn.functional.pad(x, (0, 0, 1, 0))[:, :, :-1]
        for layer, (horizontal, vertical) in enumerate(zip(self.horizontal, self.vertical, strict=True)):
            y = horizontal(h)
            if self.two:
                v = vertical(v)
                y = y + v + (h if layer else 0)
            h = y
        return h


def ones(model: nn.Module) -> Any:
    for name, parameter in model.double().named_parameters():
        parameter.data.fill_(0.0 if name.endswith("bias") else 1.0)
    return model


def derivative(function: Any, channels: int, target: dict[str, int]) -> Tensor:
    """Return d target / d image as the page lists it, [row, column, colour]."""
    x = torch.ones(1, channels, target["height"], target["width"], dtype=torch.float64, requires_grad=True)
    logit = function(x)[0, target["channel"], target["row"], target["column"]]
    (gradient,) = torch.autograd.grad(logit, x)
    return gradient[0].permute(1, 2, 0).flatten()


def page_paths(cases: list[Any]) -> list[Tensor]:
    return [torch.tensor(paths, dtype=torch.float64) for paths in node(("fields.js",), PATHS, cases)]


def test_paths_are_the_derivatives_of_pytorch():
    places: list[dict[str, int]] = [{}, {"row": 0, "column": 10, "channel": 0}, {"row": 11, "column": 0, "channel": -1}]
    changes: list[dict[str, Any]] = [
        {},
        {"layers": 1},
        {"layers": 6, "dilations": [1, 2, 4]},
        {"channels": 3, "first": 3, "masks": "A"},
        {"channels": 3, "mask": "B", "first": 5, "kernel": 5},
        {"mask": "none", "masks": "none", "channels": 3, "layers": 2},
        {"stacks": 2, "layers": 4},
        {"stacks": 2, "channels": 3, "layers": 5, "dilations": [1, 2]},
        {"stacks": 2, "channels": 3, "first": 3, "kernel": 5, "mask": "B", "masks": "A"},
    ]
    cases = []
    for change in changes:
        for place in places:
            network, target = NETWORK | change, TARGET | place
            cases.append((network, target | {"channel": target["channel"] % network["channels"]}))
    for (network, target), got in zip(cases, page_paths(cases), strict=True):
        want = derivative(ones(Stacks(network)), network["channels"], target)
        assert torch.equal(got, want), (network, target)  # whole numbers below 2^53


def test_the_networks_of_the_library_see_what_the_page_says(monkeypatch):
    monkeypatch.setattr(gated_pixelcnn, "gate", lambda h, bias=None: sum(h.chunk(2, dim=1)))
    for stacks, channels in ((1, 1), (1, 3), (2, 1), (2, 3)):
        kind: Any = (PixelCNN, GatedPixelCNN)[stacks - 1]
        model = ones(kind(channels, 2, 3, 2 + stacks, head_channels=3, dilations=(1, 2)))
        network = NETWORK | {"stacks": stacks, "channels": channels, "layers": 4, "dilations": [1, 2]}
        target = TARGET | {"channel": channels - 1}
        want = derivative(lambda x, model=model: model.network(x)[:, 0], channels, target)
        assert torch.equal(page_paths([(network, target)])[0] > 0, want > 0)


def numbers(page: Any) -> list[int]:
    page.wait_for_selector(".lecture-demo-grid[aria-busy=false]")
    return [int(text(page, kind)) for kind in ("seen", "unseen", "never", "leak", "later")]


@pytest.mark.slow
def test_the_page_counts_moves_asks_and_links(watched):
    page = open_demo(watched, "masks")
    start = numbers(page)
    assert start == [192, 511, 66, 0, 15]
    layers = page.get_by_role("slider")
    layers.fill("24")
    assert numbers(page)[1] == 28  # the top row
    layers.fill("25")
    assert numbers(page) == [703, 0, 66, 0, 15]
    page.get_by_role("button", name="Gated PixelCNN").click()
    assert numbers(page)[2:] == [0, 0, 15]
    page.get_by_role("button", name="Mask B everywhere").click()
    assert numbers(page)[3:] == [1, 14]
    page.get_by_role("combobox", name="Image").select_option("3")
    page.get_by_role("combobox", name="Predict").select_option("2")
    assert numbers(page)[3] == 1
    page.get_by_role("button", name="Mask A everywhere").click()
    grid = page.locator(".lecture-demo-grid")
    grid.focus()
    page.keyboard.press("ArrowUp")
    numbers(page)
    assert page.get_by_role("status").inner_text() == "Predicted: row 27, column 14, blue"
    page.keyboard.press("Shift+ArrowLeft")
    assert page.get_by_role("status").inner_text() == "Row 27, column 13: red 6 paths, green 3 paths, blue 1 path"
    page.keyboard.press("Shift+ArrowRight")
    assert page.get_by_role("status").inner_text() == "Row 27, column 14: red no path, green no path, blue no path"
    found = numbers(page)
    page.get_by_role("button", name="Link to this").click()
    again = watched().open("book/masks-light.html#" + page.url.split("#")[1])
    again.wait_for_selector(".lecture-demo-grid")
    assert numbers(again) == found
    again.get_by_role("button", name="Reset").click()
    assert numbers(again) == start
    box = grid.bounding_box()
    assert box
    page.mouse.click(box["x"] + 1, box["y"] + 1)  # the first pixel of all
    assert numbers(page)[:4] == [0, 2, 0, 0]  # its own red and green: three layers of mask A lose them
    for broken in ("1.1.33.7.A.3.B.1.0.27.13", "1.1.8.7.toString.3.B.1.0.27.13", "x", "1.1.8.7.A.3.B.1.0.28.13"):
        odd = watched().open(f"book/masks-light.html#masks={broken}")
        odd.wait_for_selector(".lecture-demo-grid")
        assert numbers(odd) == start
