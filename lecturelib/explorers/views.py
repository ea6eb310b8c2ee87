"""Augment images in a live notebook: choose augmentations and a temperature, see the views and the softmax."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn.functional import normalize

from lecturelib import checks
from lecturelib.augment import AUGMENTATIONS, compose
from lecturelib.contrastive import SimCLR, nt_xent
from lecturelib.explorers import live
from lecturelib.figures.style import FONT, INK, WIDTH, check_pictures, draw_picture, hide_axes, new_figure
from lecturelib.modes import evaluating


class ViewExplorer:
    """Two views of a few images, and the probability each view assigns to every other view of being its positive.

    Args:
        model: SimCLR; it is not trained here.
        images: a few, values in [0, 1].
        names: of the augmentations to begin with.
        temperature, seed: to begin with.

    Raises:
        TypeError, ValueError: `images` is not a batch of two or more images in [0, 1], or a name is unknown.

    """

    def __init__(
        self,
        model: SimCLR,
        images: Float[Tensor, "n channels size size"],
        names: Sequence[str] = ("crop", "color"),
        *,
        temperature: float = 0.2,
        seed: int = 0,
    ) -> None:
        check_pictures("images", images)
        if len(images) < 2:
            raise ValueError(f"images: expected two or more, got {len(images)}")
        names = _names(names)
        compose(*names)
        temperature, seed = (
            checks.number("temperature", temperature, above=0),
            checks.integer_between("seed", seed, 0, 2**62),
        )
        self.model, self.images, self.names, self.temperature, self.seed = (
            model,
            images,
            tuple(names),
            temperature,
            seed,
        )

    def draw(self, names: Sequence[str], temperature: float, seed: int) -> Figure:
        """Draw the picture for the augmentations called `names`; without any, the views are the images.

        Raises:
            ValueError: an unknown augmentation, or `temperature` is not positive.

        """
        first, second = self._views(names, seed)
        z1, z2 = (self._projections(view) for view in (first, second))
        loss = float(nt_xent(z1, z2, temperature))
        z = normalize(torch.cat([z1, z2]), dim=1)
        share = (z / temperature @ z.T).fill_diagonal_(-torch.inf).softmax(dim=1)
        n = len(first)
        fig, axes = new_figure(WIDTH, 3.4, 1, 2)
        left, right = axes[0]
        strips = [torch.cat(list(view), dim=2) for view in (first, second)]
        draw_picture(left, torch.cat(strips, dim=1))
        left.set_title("views x (above) and x' (below)", fontsize=FONT, color=INK)
        right.imshow(share.numpy(), cmap="Blues", vmin=0, vmax=1)
        right.set_title(f"share of the softmax, loss {loss:.2f} nats", fontsize=FONT, color=INK)
        for ax in (left, right):
            hide_axes(ax)
        if n <= 8:
            names = [f"${k + 1}{prime}$" for prime in ("", "'") for k in range(n)]
            right.set_xticks(range(2 * n), names, fontsize=FONT, color=INK)
            right.set_yticks(range(2 * n), names, fontsize=FONT, color=INK)
            right.tick_params(length=0)
        for k in range(2 * n):  # where the other view is
            right.plot((k + n) % (2 * n), k, marker="s", markerfacecolor="none", color="#D55E00", markersize=7)
        return fig

    def widgets(self) -> Any:
        """Return the widgets, alive: each change of a box or a slider draws again.

        Raises:
            ImportError: ipywidgets is not installed.

        """
        ipywidgets: Any = live.ipywidgets()
        boxes = {name: ipywidgets.Checkbox(name in self.names, description=name) for name in AUGMENTATIONS}
        temperature = ipywidgets.FloatLogSlider(
            self.temperature, base=10, min=-2, max=0.5, step=0.1, description="temperature"
        )
        seed = ipywidgets.IntSlider(self.seed, min=0, max=20, description="seed")
        picture = ipywidgets.Image(format="png")

        def draw(_: object = None) -> None:
            png = BytesIO()
            self.draw([name for name, box in boxes.items() if box.value], temperature.value, seed.value).savefig(
                png, dpi=110
            )
            picture.value = png.getvalue()

        for control in (*boxes.values(), temperature, seed):
            control.observe(draw, names="value")
        draw()
        return ipywidgets.VBox([ipywidgets.HBox(list(boxes.values())), temperature, seed, picture])

    def __repr__(self) -> str:
        return f"ViewExplorer({len(self.images)} images, {' and '.join(self.names)})"

    def _ipython_display_(self) -> None:
        live.show(self.widgets, lambda: [self.draw(self.names, self.temperature, self.seed)])

    def _views(self, names: Sequence[str], seed: int) -> tuple[Tensor, Tensor]:
        if not names:
            return self.images, self.images
        augment, generator = compose(*names), torch.Generator().manual_seed(seed)
        return augment(self.images, generator=generator), augment(self.images, generator=generator)

    @torch.no_grad()
    def _projections(self, images: Tensor) -> Tensor:
        with evaluating(self.model):
            projections: Tensor = self.model.projector(self.model.features(images))
        return projections


def _names(names: object) -> tuple[str, ...]:
    """Return the names as a tuple, or raise TypeError for one string, or something else."""
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise TypeError(f"names: expected a list of augmentations, got {names!r:.60} ({type(names).__name__})")
    return tuple(names)
