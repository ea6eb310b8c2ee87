import torch


def cut_patches(x, position, jitter, side, gap):
    places = [(r, c) for r in (-1, 0, 1) for c in (-1, 0, 1) if (r, c) != (0, 0)]
    top, left = (x.shape[2] - side) // 2, (x.shape[3] - side) // 2
    windows = x.unfold(2, side, 1).unfold(3, side, 1)
    middle, neighbour = [], []
    for n, p in enumerate(position.tolist()):
        (dr, dc), ((a, b), (e, f)) = places[p], jitter[n].tolist()
        middle.append(windows[n, :, top + a, left + b])
        neighbour.append(windows[n, :, top + dr * (side + gap) + e, left + dc * (side + gap) + f])
    return torch.stack(middle), torch.stack(neighbour)


def channel_drop(x, keep, noise):
    out = torch.empty_like(x)
    for n, k in enumerate(keep.tolist()):
        pixels = x[n, k]
        spread = ((pixels - pixels.mean()) ** 2).sum().div(pixels.numel() - 1).sqrt()
        out[n] = noise[n] * 0.01 * spread
        out[n, k] = pixels
    return out


def rotations(x):
    """By transposing and mirroring."""
    quarter = x.transpose(2, 3).flip(2)
    half = x.flip(2).flip(3)
    three = x.transpose(2, 3).flip(3)
    return torch.cat([x, quarter, half, three]), torch.tensor([k for k in range(4) for _ in x])


def standardise(train, test):
    columns = [(column.mean(), column.std()) for column in train.T]
    return tuple(torch.stack([(c - m) / (s + 1e-6) for c, (m, s) in zip(h.T, columns)], dim=1) for h in (train, test))


def fit_probe(h, y, classes, steps, rate):
    linear = torch.nn.Linear(h.shape[1], classes)
    torch.nn.init.zeros_(linear.weight)
    torch.nn.init.zeros_(linear.bias)
    optimizer = torch.optim.SGD(linear.parameters(), lr=rate)
    for _ in range(steps):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(linear(h), y).backward()
        optimizer.step()
    return linear.weight.detach(), linear.bias.detach()


def accuracy(W, c, h, y):
    hits = 0
    for row, label in zip(h, y.tolist()):
        scores = (W @ row + c).tolist()
        hits += scores.index(max(scores)) == label
    return hits / len(y)
