"""A live widget for contrastive learning: choose distortions and a temperature, see the views and the softmax."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn.functional import normalize

from lecturelib import checks
from lecturelib.augment import DISTORTIONS, composed
from lecturelib.contrastive import SimCLR, nt_xent
from lecturelib.figures.style import FONT, INK, WIDTH, bare, new_figure
from lecturelib.figures.vision import shown


class ViewExplorer:
    """Two views of a few images, and how likely each view takes each other one for its partner.

    Args:
        model: SimCLR; it is not trained here.
        images: a few, values in [0, 1].

    Raises:
        TypeError, ValueError: `images` are none, or fewer than two.

    """

    def __init__(self, model: SimCLR, images: Float[Tensor, "n channels size size"]) -> None:
        checks.images("images", images)
        if len(images) < 2:
            raise ValueError(f"images: expected two or more, got {len(images)}")
        self.model, self.images = model, images

    def figure(self, names: Sequence[str] = ("crop", "colour"), tau: float = 5.0, seed: int = 0) -> Figure:
        """Return the picture for the distortions called `names`; without any, the views are the images.

        Raises:
            ValueError: an unknown distortion, or `tau` is not positive.

        """
        first, second = self._views(names, seed)
        z1, z2 = (self._projections(view) for view in (first, second))
        loss = float(nt_xent(z1, z2, tau=tau))
        z = normalize(torch.cat([z1, z2]), dim=1)
        share = (tau * z @ z.T).fill_diagonal_(-torch.inf).softmax(dim=1)
        n = len(first)
        fig, axes = new_figure(WIDTH, 1.0 + WIDTH / (n + 4), 1, 2)
        left, right = axes[0]
        strips = [torch.cat(list(view), dim=2) for view in (first, second)]
        left.imshow(shown(torch.cat(strips, dim=1)), interpolation="nearest")
        left.set_title("views x (above) and x' (below)", fontsize=FONT, color=INK)
        right.imshow(share.numpy(), cmap="Blues", vmin=0, vmax=1)
        right.set_title(f"share of the softmax, loss {loss:.2f} nats", fontsize=FONT, color=INK)
        right.set_xlabel("x  |  x'", fontsize=FONT, color=INK)
        right.set_ylabel("x'  |  x", fontsize=FONT, color=INK)
        for ax in (left, right):
            bare(ax)
        for k in range(2 * n):  # where the other view is
            right.plot((k + n) % (2 * n), k, marker="s", markerfacecolor="none", color="#D55E00", markersize=7)
        return fig

    def show(self) -> Any:
        """Return the widget, for a notebook with a running kernel.

        Raises:
            ImportError: ipywidgets is not installed; it comes with the extra `book`.

        """
        import ipywidgets  # type: ignore[import-untyped]

        boxes = {name: ipywidgets.Checkbox(name in ("crop", "colour"), description=name) for name in DISTORTIONS}
        tau = ipywidgets.FloatLogSlider(5.0, base=10, min=-0.5, max=2, step=0.1, description="τ")
        seed = ipywidgets.IntSlider(0, min=0, max=20, description="seed")
        picture = ipywidgets.Image(format="png")

        def draw(_: object = None) -> None:
            chosen = [name for name, box in boxes.items() if box.value]
            png = BytesIO()
            self.figure(chosen, tau.value, seed.value).savefig(png, dpi=110)
            picture.value = png.getvalue()

        for control in (*boxes.values(), tau, seed):
            control.observe(draw, names="value")
        draw()
        return ipywidgets.VBox([ipywidgets.HBox(list(boxes.values())), tau, seed, picture])

    def _views(self, names: Sequence[str], seed: int) -> tuple[Tensor, Tensor]:
        if not names:
            return self.images, self.images
        distort, generator = composed(*names), torch.Generator().manual_seed(seed)
        return distort(self.images, generator=generator), distort(self.images, generator=generator)

    @torch.no_grad()
    def _projections(self, images: Tensor) -> Tensor:
        projections: Tensor = self.model.eval().projector(self.model.features(images))
        return projections
