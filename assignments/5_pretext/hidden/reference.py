"""Patches by their places, written out."""

import torch

PLACES = [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)]


def patches(x, position, jitter, side, gap):
    """Return the middle patch and the neighbour of each picture."""
    found = []
    for picture, place, moved in zip(x, position.tolist(), jitter.tolist(), strict=True):
        for (rows, columns), (down, right) in zip([(0, 0), PLACES[place]], moved, strict=True):
            top = (picture.shape[1] - side) // 2 + rows * (side + gap) + down
            left = (picture.shape[2] - side) // 2 + columns * (side + gap) + right
            found.append(picture[:, top : top + side, left : left + side])
    return torch.stack(found[0::2]), torch.stack(found[1::2])
