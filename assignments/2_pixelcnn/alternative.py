import numpy as np
import torch


def raster_mask(size, kind):
    rows = []
    for r in range(size):
        middle = size // 2
        rows.append(
            [float(r < middle or (r == middle and (c < middle or (c == middle and kind == "B")))) for c in range(size)]
        )
    return torch.tensor(rows)


def colour_mask(out_features, in_features, size, kind):
    one = raster_mask(size, "A").numpy()
    whole = np.tile(one, (out_features, in_features, 1, 1))
    for o in range(out_features):
        for i in range(in_features):
            to, of = o * 3 // out_features, i * 3 // in_features
            whole[o, i, size // 2, size // 2] = of < to or (of == to and kind == "B")
    return torch.from_numpy(whole)


def masked_convolution(x, weight, bias, mask):
    k = weight.shape[2]
    patches = torch.nn.functional.unfold(x, k, padding=k // 2)  # [batch, in * k * k, places]
    out = (weight * mask).reshape(len(weight), -1) @ patches + bias[:, None]
    return out.reshape(len(x), len(weight), *x.shape[2:])


def image_log_prob(scores, x):
    return -torch.nn.functional.cross_entropy(scores, x, reduction="none").sum(dim=(1, 2, 3))


def sample_images(layers, u):
    """Keep the inputs by place, channels last, and read only the places that a mask lets through."""
    n, _, height, width = u.shape
    plans = []
    for weight, bias, kind in layers:
        k = weight.shape[2] // 2
        offsets = [
            (r, c)
            for r in range(-k, 1)
            for c in range(-k, k + 1)
            if (r, c) < (0, 0) or ((r, c) == (0, 0) and kind == "B")
        ]
        matrices = torch.cat([weight[:, :, r + k, c + k].T for r, c in offsets])
        plans.append((offsets, matrices, bias, {}))
    images = torch.zeros(n, 1, height, width)
    for r in range(height):
        for c in range(width):
            h = torch.zeros(n, 1)
            for number, (offsets, matrices, bias, memory) in enumerate(plans):
                memory[r, c] = h
                nothing = torch.zeros_like(h)
                around = [memory.get((r + dr, c + dc), nothing) for dr, dc in offsets]
                out = torch.cat(around, dim=1) @ matrices + bias
                h = out.clamp(min=0) if number < len(plans) - 1 else out
            images[:, :, r, c] = (u[:, :, r, c] < torch.sigmoid(h)).float()
            plans[0][3][r, c] = images[:, :, r, c]
    return images
