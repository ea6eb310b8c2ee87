"""Jigsaw puzzles: name the order in which nine tiles were shuffled.

Noroozi and Favaro, "Unsupervised Learning of Visual Representations by Solving Jigsaw Puzzles", ECCV (2016): every tile
goes through the same network, and a classifier of the nine features names the permutation, of a small set,

    p(k | tiles) = softmax(MLP([E(t_{π_k(1)}), …, E(t_{π_k(9)})])),

whose members differ in as many positions as possible, so that no single tile gives the answer away. Each tile is
normalised by its own mean and deviation, or the network would join tiles by their brightness.

    >>> model = Jigsaw(ResNet(width=16), permutations(64))
    >>> model.loss(images), model.accuracy(images), model.features(images)
"""

import itertools

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from lecturelib import checks
from lecturelib.augment import patch_grid
from lecturelib.backbones.encoder import length_of_features
from lecturelib.pretext.batches import check_for_normalisation, check_gap

TILES = 9


def permutations(count: int, *, tiles: int = TILES, generator: torch.Generator | None = None) -> Int[Tensor, "k t"]:
    """Return `count` permutations, each as far as possible from the nearest of those before it.

    The distance is Hamming's, the number of positions that differ; ties go by the mean distance, then by chance.

    Raises:
        TypeError, ValueError: there are not so many permutations.

    """
    checks.integer_between("tiles", tiles, 2, TILES)
    checks.generator("generator", generator)
    every = torch.tensor(list(itertools.permutations(range(tiles))), dtype=torch.uint8, device="cpu")
    checks.integer_between("count", count, 1, len(every))
    every = every[torch.randperm(len(every), generator=generator, device="cpu")]
    chosen = [0]
    nearest = torch.full((len(every),), tiles, dtype=torch.uint8, device="cpu")
    total = torch.zeros(len(every), dtype=torch.float32, device="cpu")
    while len(chosen) < count:
        distance = (every != every[chosen[-1]]).sum(dim=1, dtype=torch.uint8)
        nearest, total = torch.minimum(nearest, distance), total + distance
        chosen.append(int((nearest.float() * tiles * count + total).argmax()))
    return every[chosen].long()


def normalised(tiles: Float[Tensor, "*n channels p p"]) -> Float[Tensor, "*n channels p p"]:
    """Return each channel of each tile with mean 1/2 and deviation 1/4, cut to [0, 1]."""
    checks.floats("tiles", tiles, "...", "channels", "height", "width")
    mean = tiles.mean(dim=(-2, -1), keepdim=True)
    pixels = tiles.shape[-2] * tiles.shape[-1]  # one pixel alone has deviation 0
    std = tiles.std(dim=(-2, -1), keepdim=True, correction=min(1, pixels - 1))
    return (0.5 + 0.25 * (tiles - mean) / (std + 0.02)).clamp(0, 1)


def check_tiles(tiles: object) -> None:
    """Raise unless `tiles` is a tensor [n, 9, channels, edge, edge]; the encoder checks the values."""
    if not isinstance(tiles, Tensor):
        raise TypeError(f"tiles: expected a tensor [n, {TILES}, channels, edge, edge], got {type(tiles).__name__}")
    if tiles.dim() != 5 or tiles.shape[1] != TILES:
        raise ValueError(f"tiles: expected shape [n, {TILES}, channels, edge, edge], got {list(tiles.shape)}")


def check_orders(orders: object) -> None:
    """Raise unless the rows of `orders` are permutations of 0 … 8, one at least."""
    expected = f"orders: expected rows that are permutations of 0 … {TILES - 1}"
    if not isinstance(orders, Tensor) or orders.dtype not in checks.INTEGERS:
        raise TypeError(
            f"{expected}, integers, got {orders.dtype if isinstance(orders, Tensor) else type(orders).__name__}"
        )
    if orders.dim() != 2 or not len(orders) or orders.shape[1] != TILES:
        raise ValueError(f"{expected}, [k, {TILES}], got {list(orders.shape)}")
    in_order = torch.arange(TILES, device=orders.device).expand(len(orders), -1)
    if checks.can_read(orders) and not torch.equal(orders.long().sort(dim=1).values, in_order):
        raise ValueError(f"{expected}, got {orders.tolist()[:1]} …")


class Jigsaw(nn.Module):
    """An encoder of tiles and a classifier of the permutation.

    Args:
        encoder: from tiles to features [n, encoder.out_features].
        orders: the permutations, rows of 0 … 8.
        tile: edge of a tile in pixels.
        gap: pixels between two tiles that are not jittered.
        jitter: largest move of a tile in pixels, both ways; 2 jitter <= gap.
        normalise: whether tiles are normalised one by one, in training and for features.
        hidden_size: units of the classifier's hidden layer.

    Raises:
        TypeError, ValueError: tiles could overlap, or a row of `orders` is not a permutation.

    """

    orders: Tensor

    def __init__(
        self,
        encoder: nn.Module,
        orders: Int[Tensor, "k 9"],
        *,
        tile: int = 8,
        gap: int = 2,
        jitter: int = 1,
        normalise: bool = True,
        hidden_size: int = 256,
    ) -> None:
        super().__init__()
        self.tile, hidden_size = checks.positive_int("tile", tile), checks.positive_int("hidden_size", hidden_size)
        self.jitter = checks.integer_between("jitter", jitter, 0, tile)
        self.gap = check_gap(gap, jitter)
        check_orders(orders)
        orders = orders.to(torch.long, copy=True)
        self.encoder, self.normalise = encoder, normalise
        self.register_buffer("orders", orders)
        self.classifier = nn.Sequential(
            nn.Linear(TILES * length_of_features(encoder), hidden_size),
            nn.BatchNorm1d(hidden_size),
            nn.ReLU(),
            nn.Linear(hidden_size, len(orders)),
        )

    def tiles(
        self, images: Float[Tensor, "n channels height width"], generator: torch.Generator | None = None
    ) -> Float[Tensor, "n 9 channels t t"]:
        """Return the nine tiles of every image, in their true order.

        Raises:
            TypeError, ValueError: `images` is not a batch of images in [0, 1], or they are too small for 3 x 3 tiles.

        """
        place = dict(patch=self.tile, pitch=self.tile + self.gap, jitter=self.jitter)
        tiles = patch_grid(images, **place, generator=generator)
        return normalised(tiles) if self.normalise else tiles

    def logits(self, tiles: Float[Tensor, "n 9 channels t t"]) -> Float[Tensor, "n k"]:
        """Return log p(k | tiles) up to a constant.

        Raises:
            TypeError, ValueError: `tiles` is not a tensor of nine tiles per image, or what the encoder refuses.

        """
        check_tiles(tiles)
        e = self.encoder(tiles.flatten(0, 1)).unflatten(0, (-1, TILES))
        return self.classifier(e.flatten(1))

    forward = logits

    def loss(
        self, images: Float[Tensor, "n channels height width"], generator: torch.Generator | None = None
    ) -> Float[Tensor, ""]:
        """Return the mean cross-entropy in nats of one puzzle per image.

        Raises:
            TypeError, ValueError: as for `tiles`, or there is one image only in training.

        """
        return cross_entropy(*self._puzzle(images, generator))

    def accuracy(
        self, images: Float[Tensor, "n channels height width"], generator: torch.Generator | None = None
    ) -> float:
        """Return the fraction of puzzles that are solved; chance is 1 / permutations."""
        logits, k = self._puzzle(images, generator)
        return float((logits.argmax(dim=1) == k).float().mean())

    def features(self, images: Float[Tensor, "n channels height width"]) -> Float[Tensor, "n features"]:
        """Return the encoder's output for whole images, normalised as tiles are: one large tile to it.

        Without the normalisation the encoder would read brightness and contrast that it never met in training.
        """
        checks.images("images", images)
        return self.encoder(normalised(images) if self.normalise else images)

    def _puzzle(self, images: Tensor, generator: torch.Generator | None) -> tuple[Tensor, Tensor]:
        check_for_normalisation(self, images)
        checks.generator("generator", generator)
        tiles = self.tiles(images, generator)
        device = (generator or images).device
        k = torch.randint(len(self.orders), (len(images),), generator=generator, device=device).to(images.device)
        order = self.orders[k][:, :, None, None, None].expand_as(tiles)
        return self.logits(tiles.gather(1, order)), k
