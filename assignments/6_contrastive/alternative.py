import math

import torch


def nt_xent(z1, z2, temperature):
    rows = [r / r.norm() for pair in zip(z1, z2) for r in pair]
    total = 0.0
    for i, row in enumerate(rows):
        scores = [float(row @ other) / temperature for other in rows]
        partner = i + 1 if i % 2 == 0 else i - 1
        others = scores[:i] + scores[i + 1 :]
        largest = max(others)
        total += largest + math.log(sum(math.exp(s - largest) for s in others)) - scores[partner]
    return torch.tensor(total / len(rows))


def crop(x, top, left, side):
    """Bilinear by hand: the centre of each new pixel, in the old picture."""
    part, (height, width) = x[..., top : top + side, left : left + side], x.shape[2:]
    weights = []
    for size in (height, width):
        matrix = torch.zeros(size, side)
        for k in range(size):
            place = min(max((k + 0.5) * side / size - 0.5, 0.0), side - 1.0)
            low = int(place)
            high = min(low + 1, side - 1)
            matrix[k, low] += 1 - (place - low)
            matrix[k, high] += place - low
        weights.append(matrix)
    return weights[0] @ part @ weights[1].T


def flip(x, which):
    out = x.clone()
    for n, mirrored in enumerate(which.tolist()):
        if mirrored:
            out[n] = x[n, :, :, list(reversed(range(x.shape[3])))]
    return out


def adjust(x, brightness, contrast):
    pictures = []
    for picture, b, c in zip(x, brightness, contrast):
        middle = picture.sum() / picture.numel()
        pictures.append(
            torch.minimum(torch.maximum(middle + b + c * (picture - middle), torch.tensor(0.0)), torch.tensor(1.0))
        )
    return torch.stack(pictures)


def plus_one(x):
    return x + 1


def times_three(x):
    return 3 * x


def compose(functions):
    if not functions:
        return lambda x: x
    first, rest = functions[0], compose(functions[1:])
    return lambda x: rest(first(x))


def scoring(weights):
    """Return a function that gives a list of augmentations a made-up accuracy, by three integers."""
    return lambda chosen: (weights[0] * chosen[0] + weights[1] * chosen[-1] + weights[2] * len(chosen)) % 11 / 11


pretended_score = scoring([7, 5, 3])


def composition_table(score, count):
    table = torch.empty(count, count)
    for i in range(count):
        table[i, i] = score([i])
        for j in range(count):
            if j != i:
                table[i, j] = score([i, j])
    return table


def best_pair(table):
    values = {(i, j): table[i, j].item() for i in range(len(table)) for j in range(len(table)) if i != j}
    return max(values, key=values.get)


def probabilities(u, others, temperature, left_out=None):
    length = math.sqrt(sum(x * x for x in u.tolist()))
    scores = [float(other @ u) / length / temperature for other in others]
    top = max(scores)
    found = [math.exp(s - top) * (y != left_out) for y, s in enumerate(scores)]
    return [p / sum(found) for p in found]


def gradient(u, others, partner, temperature):
    """By the matrix of derivatives of u / |u|."""
    p = probabilities(u, others, temperature)
    d_z = sum(row * (share - (y == partner)) for y, (row, share) in enumerate(zip(others, p)))
    z = u / u.norm()
    turning = (torch.eye(len(u)) - torch.outer(z, z)) / u.norm()
    return turning @ d_z / temperature


def shares(u, others, partner, temperature):
    return torch.tensor(probabilities(u, others, temperature, left_out=partner))


def two_wishes(u, others, partner, temperature):
    """The uniformity as what is left of the term."""
    z = u / u.norm()
    alignment = float(((z - others[partner]) ** 2).sum()) / (2 * temperature)
    term = -math.log(probabilities(u, others, temperature)[partner])
    return alignment, term - alignment - math.log(len(others))
