"""Context encoder: paint what is missing.

Pathak, Krähenbühl, Donahue, Darrell and Efros, "Context Encoders: Feature Learning by Inpainting", CVPR (2016):

    L_rec(x) = ||M̂ ⊙ (x - F((1 - M̂) ⊙ x))||²
    L_adv    = max_D E[log D(x) + log(1 - D(F((1 - M̂) ⊙ x)))]
    L        = λ_rec L_rec + λ_adv L_adv

F is an encoder, a channel-wise fully-connected layer, through which every position of a map can reach every other one
of the same map, and a decoder. M̂ is 1 where the image is left out. D looks at the region alone, M̂ ⊙ x or M̂ ⊙ F, since
a D that saw the rest would look at the seam; so does the paper's.

    >>> model = ContextEncoder(ResNet(width=16), region="centre", adversarial=0.01)
    >>> model.loss(images), model.features(images), model.complete(images, mask)
"""

import itertools
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.functional import softplus
from torch.nn.utils.parametrizations import spectral_norm

from lecturelib import checks
from lecturelib.backbones.encoder import Encoder
from lecturelib.pretext import regions

LEAK = 0.2


class ChannelwiseLinear(nn.Module):
    """Per channel c, one matrix from all positions to all positions: y_c = W_c x_c + b_c.

    A full layer would have as many times more weights as there are channels.

    Args:
        channels: of the map.
        positions: height times width.

    """

    def __init__(self, channels: int, positions: int) -> None:
        super().__init__()
        channels, positions = checks.positive_int("channels", channels), checks.positive_int("positions", positions)
        self.W = nn.Parameter(torch.randn(channels, positions, positions) / positions**0.5)
        self.b = nn.Parameter(torch.zeros(channels, positions))

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """Return y, as a map again."""
        # y_c = W_c x_c + b_c
        y = torch.einsum("cqp,ncp->ncq", self.W, x.flatten(2)) + self.b
        return y.unflatten(2, x.shape[2:])


class ContextEncoder(nn.Module):
    """Encoder, channel-wise layer and decoder; and a discriminator, if the adversarial loss has a weight.

    Args:
        encoder: with `feature_maps`, the last of which is an eighth as large as the image, and `out_features`.
        size: edge of the images, a multiple of 8.
        region: how M̂ is drawn: "centre", "blocks" or "silhouettes".
        shapes: the silhouettes, 1 inside; needed for that region only.
        adversarial: λ_adv; λ_rec is 1 - λ_adv. With 0 there is no discriminator.
        hidden_channels: channels of the decoder's first map.

    Raises:
        TypeError: the encoder does not have `channels`, `out_features` and `feature_maps`.
        ValueError: `size` is not a multiple of 8, or silhouettes are asked for without shapes.

    """

    def __init__(
        self,
        encoder: Encoder,
        *,
        size: int = 32,
        region: Literal["centre", "blocks", "silhouettes"] = "centre",
        shapes: Float[Tensor, "k 1 h w"] | None = None,
        adversarial: float = 0.0,
        hidden_channels: int = 64,
    ) -> None:
        super().__init__()
        size, hidden = checks.positive_int("size", size), checks.positive_int("hidden_channels", hidden_channels)
        checks.one_of("region", region, ["centre", "blocks", "silhouettes"])
        _check_encoder(encoder)
        if size % 8:
            raise ValueError(f"size: expected a multiple of 8, got {size}; pad the images to {size + -size % 8} pixels")
        if (region == "silhouettes") != (shapes is not None):
            raise ValueError(f"shapes: expected for region 'silhouettes', and for no other, got region {region!r}")
        self.encoder, self.size, self.region = encoder, size, region
        self.adversarial = checks.probability("adversarial", adversarial)
        self.shapes = shapes  # no buffer: masks are drawn on the CPU
        d, channels = encoder.out_features, encoder.channels
        self.bottleneck = nn.Sequential(ChannelwiseLinear(d, (size // 8) ** 2), nn.Conv2d(d, hidden, 1), nn.ReLU())
        self.decoder = nn.Sequential(
            *_up(hidden, hidden), *_up(hidden, hidden // 2), nn.ConvTranspose2d(hidden // 2, channels, 4, 2, 1)
        )
        self.discriminator = _discriminator(channels, size) if adversarial else None

    def mask(self, n: int, generator: torch.Generator | None = None) -> Float[Tensor, "{n} 1 s s"]:
        """Return `n` masks M̂ of the model's region."""
        checks.generator("generator", generator)
        if self.region == "centre":
            return regions.centre(n, self.size)
        if self.region == "blocks":
            return regions.blocks(n, self.size, generator=generator)
        assert self.shapes is not None
        return regions.silhouettes(n, self.size, self.shapes, generator=generator)

    def forward(self, context: Float[Tensor, "n c s s"]) -> Float[Tensor, "n c s s"]:
        """Return F of an image with a hole."""
        last = self.encoder.feature_maps(context)[-1]
        _check_map(last, self.size // 8)
        return self.decoder(self.bottleneck(last)).sigmoid()

    def complete(self, images: Float[Tensor, "n c s s"], mask: Float[Tensor, "n 1 s s"]) -> Float[Tensor, "n c s s"]:
        """Return the images with what F paints where the mask is 1.

        Raises:
            TypeError, ValueError: images or masks have another shape or other values, or a mask covers nothing or all.

        """
        self._check_masked(images, mask)
        return torch.where(mask > 0, self((1 - mask) * images), images)

    def reconstruction_loss(
        self, images: Float[Tensor, "n c s s"], mask: Float[Tensor, "n 1 s s"]
    ) -> Float[Tensor, ""]:
        """Return L_rec, a mean over the values that are left out, so that the size of the region does not count."""
        self._check_masked(images, mask)
        return _masked_square(images - self((1 - mask) * images), mask)

    def loss(self, images: Float[Tensor, "n c s s"], generator: torch.Generator | None = None) -> Float[Tensor, ""]:
        """Return L with fresh masks: one number whose gradient moves F down and D towards its maximum.

        Args:
            images: values in [0, 1].
            generator: of the masks, a CPU's; default torch's own.

        """
        self._check(images)
        mask = self.mask(len(images), generator).to(images, non_blocking=True)
        painted = self((1 - mask) * images)
        # L_rec = ||M̂ ⊙ (x - F((1 - M̂) ⊙ x))||²
        reconstruction = _masked_square(images - painted, mask)
        if self.discriminator is None or not self.training:
            return reconstruction
        real, fake = mask * images, mask * painted
        # D: max log D(x) + log(1 - D(F)); -log D = softplus(-logit), -log(1 - D) = softplus(logit)
        d_loss = softplus(-self.discriminator(real)).mean() + softplus(self.discriminator(fake.detach())).mean()
        # F: max log D(F), whose gradient is large where F fails (Goodfellow 2014); D's weights are constants here
        frozen = {name: value.detach() for name, value in self.discriminator.named_parameters()}
        f_loss = softplus(-functional_call(self.discriminator, frozen, (fake,))).mean()
        return (1 - self.adversarial) * reconstruction + self.adversarial * f_loss + d_loss

    def features(self, images: Float[Tensor, "n c s s"]) -> Float[Tensor, "n features"]:
        """Return the encoder's output for whole images."""
        return self.encoder(images)

    def _check(self, images: Tensor) -> None:
        checks.images("images", images, channels=self.encoder.channels)
        if list(images.shape[2:]) != [self.size, self.size]:
            raise ValueError(f"images: expected {self.size} x {self.size} pixels, got {list(images.shape[2:])}")

    def _check_masked(self, images: Tensor, mask: Tensor) -> None:
        self._check(images)
        check_mask(mask, images)
        if checks.can_read(mask) and (mask.flatten(1).amin(dim=1) == mask.flatten(1).amax(dim=1)).any():
            raise ValueError("mask: expected a part of each image, got one that covers nothing or all of it")


def _check_encoder(encoder: nn.Module) -> None:
    missing = [name for name in ("channels", "out_features", "feature_maps") if not hasattr(encoder, name)]
    if missing:
        raise TypeError(
            f"encoder: expected channels, out_features and feature_maps(images), as a backbones.Encoder has, got "
            f"{type(encoder).__name__} without {' and '.join(missing)}; use a backbone, or write a subclass of Encoder"
        )


def check_mask(mask: object, images: Tensor) -> None:
    """Raise unless `mask` has zeros and ones for every position of each image, of the images' dtype and device."""
    n, _, height, width = images.shape
    shape = f"[{n}, 1, {height}, {width}]"
    if isinstance(mask, Tensor) and list(mask.shape) != [n, 1, height, width]:
        raise ValueError(f"mask: expected zeros and ones {shape}, got {list(mask.shape)}")
    checks.floats("mask", mask, n, 1, height, width, like=images)
    assert isinstance(mask, Tensor)
    if checks.can_read(mask) and not ((mask == 0) | (mask == 1)).all():
        raise ValueError(f"mask: expected zeros and ones {shape}, got {mask.min():.4g} to {mask.max():.4g}")


def _check_map(last: Tensor, edge: int) -> None:
    if list(last.shape[2:]) != [edge, edge]:
        got = list(last.shape[2:])
        raise ValueError(f"encoder: expected a last map of {edge} x {edge}, an eighth of the image, got {got}")


def gradient_energy(images: Float[Tensor, "n c h w"], mask: Float[Tensor, "n 1 h w"]) -> float:
    """Return the mean squared difference of neighbouring pixels inside the masks: small where a picture is blurred.

    Raises:
        TypeError, ValueError: as for `ContextEncoder.complete`, or no two neighbours are inside.

    """
    check_inside(images, mask)
    inside = mask[:, :, 1:, 1:] * mask[:, :, :-1, 1:] * mask[:, :, 1:, :-1]
    dy, dx = images[:, :, 1:, 1:] - images[:, :, :-1, 1:], images[:, :, 1:, 1:] - images[:, :, 1:, :-1]
    return float(_masked_square(dy, inside) + _masked_square(dx, inside))


def check_inside(images: object, mask: object) -> None:
    """Raise unless `images` are images, and `mask` has two neighbours inside."""
    checks.images("images", images)
    assert isinstance(images, Tensor)
    check_mask(mask, images)
    assert isinstance(mask, Tensor)
    if checks.can_read(mask) and not (mask[:, :, 1:, 1:] * mask[:, :, :-1, 1:] * mask[:, :, 1:, :-1]).any():
        raise ValueError("mask: expected neighbouring pixels inside, got none")


def _masked_square(x: Tensor, mask: Tensor) -> Tensor:
    return (mask * x).square().sum() / (mask.sum() * x.shape[1])


def _up(inner: int, outer: int) -> list[nn.Module]:
    return [nn.ConvTranspose2d(inner, outer, 4, 2, 1, bias=False), nn.BatchNorm2d(outer), nn.ReLU()]


def _discriminator(channels: int, size: int) -> nn.Sequential:
    """As DCGAN's (Radford et al. 2016): three halvings, then one logit.

    In place of batch normalisation, spectral normalisation (Miyato et al. 2018) bounds how steep D can be: else a few
    hundred steps make it so sure that F learns a grid of dots.
    """
    widths = (channels, 32, 64, 128)
    layers: list[nn.Module] = []
    for inner, outer in itertools.pairwise(widths):
        layers += [spectral_norm(nn.Conv2d(inner, outer, 4, 2, 1)), nn.LeakyReLU(LEAK)]
    return nn.Sequential(*layers, nn.Flatten(), spectral_norm(nn.Linear(widths[-1] * (size // 8) ** 2, 1)))
