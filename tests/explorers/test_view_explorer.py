"""The explorer of views: what it draws is what the model computes, and it follows its controls."""

import matplotlib.pyplot as plt
import pytest
import torch
from IPython import display
from matplotlib.figure import Figure

from lecturelib.backbones import ResNet
from lecturelib.contrastive import SimCLR, nt_xent
from lecturelib.explorers import ViewExplorer, live


def images(n=4, size=8):
    return torch.rand(n, 3, size, size, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def explorer():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return ViewExplorer(SimCLR(ResNet(3, 2, (1, 1)), temperature=0.2), images())


def test_the_explorer_draws_views_and_shares(explorer):
    figure = explorer.draw([], temperature=1 / 3, seed=0)
    left, right = figure.axes
    assert left.images[0].get_array().shape == (16, 32, 3)
    shares = torch.as_tensor(right.images[0].get_array())
    torch.testing.assert_close(shares.sum(dim=1), torch.ones(8))
    with torch.no_grad():
        z = explorer.model.eval().projector(explorer.model.encoder(images()))
    assert f"loss {float(nt_xent(z, z, temperature=1 / 3)):.2f} nats" in right.get_title()
    other = explorer.draw(["noise"], temperature=1 / 3, seed=1).axes[0].images[0].get_array()
    assert (other != left.images[0].get_array()).any()
    plt.close("all")


def test_the_widget_redraws_when_a_control_moves(explorer):
    pytest.importorskip("ipywidgets")
    boxes, temperature, seed, picture = explorer.widgets().children
    drawn = [bytes(picture.value)]
    temperature.value = 0.02
    drawn.append(bytes(picture.value))
    seed.value = 3
    drawn.append(bytes(picture.value))
    boxes.children[0].value = not boxes.children[0].value
    drawn.append(bytes(picture.value))
    assert len(set(drawn)) == 4
    assert all(png.startswith(b"\x89PNG") for png in drawn)


@pytest.mark.parametrize("quiet", [True, False])
def test_where_nobody_watches_a_picture_stands_there(explorer, monkeypatch, quiet):
    things: list[object] = []
    monkeypatch.setattr(live, "progress_disabled", lambda: quiet)
    monkeypatch.setattr(display, "display", things.append)
    explorer._ipython_display_()
    (shown,) = things
    assert isinstance(shown, Figure) == quiet
    assert repr(explorer) == "ViewExplorer(4 images, crop and color)"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ViewExplorer(SimCLR(ResNet(3, 2)), images(1)), "images: expected two or more, got 1"),
        (lambda: ViewExplorer(SimCLR(ResNet(3, 2)), images(), ["zoom"]), "names: expected some of crop, cutout"),
    ],
)
def test_bad_input(plain_errors, call, message):
    with pytest.raises(ValueError) as error:  # noqa: PT011 (the message is compared below)
        call()
    assert str(error.value).startswith(message)
