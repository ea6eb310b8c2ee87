"""Stills of the demos that need no weights: what they show at the beginning, computed by the library."""

import math
from collections import Counter

import torch
from torch import Tensor

from lecturelib.autoregressive import PixelCNN
from lecturelib.contrastive import nt_xent
from lecturelib.demos import shapes, sky, tasks_and_networks
from lecturelib.recurrent import LSTM, RNN
from lecturelib.words.word2vec.huffman import huffman

STEPS = 60
LOW, HIGH = -12, 3  # powers of ten
VIEWS = (10, 60, 140, 205, 325, 48, 112, 262, 172, 345)  # degrees: five first views, five second ones


def three_steps() -> str:
    """Return a table: the states of one unit that reads 1, 0, -1, and the gradient on its way back."""
    W, h, states = 0.5, torch.zeros((), dtype=torch.float64), []
    for x in (1.0, 0.0, -1.0):
        a = (W * h + x).requires_grad_()
        h = torch.tanh(a)
        states.append((a, h))
    gradients = torch.autograd.grad((h - 1) ** 2 / 2, [one for pair in states for one in pair])
    rows = {"h": [h.detach() for _, h in states], "δ": gradients[1::2], "ε": gradients[::2]}
    lines = "".join(
        f"<tr><th>{name}<sub>i</sub></th>{''.join(f'<td>{_number(float(one))}</td>' for one in values)}</tr>"
        for name, values in rows.items()
    )
    heads = "".join(f"<th>i = {i}</th>" for i in (1, 2, 3))
    return f'<table class="lecture-demo-still"><tr><td></td>{heads}</tr>{lines}</table>'


def gradients() -> str:
    """Return an <svg>: the norm of the gradient over steps back, for RNNs of three radii and for an LSTM."""
    lines = {f"RNN, radius {radius}": _norms(radius) for radius in (0.7, 1.0, 1.3)} | {"LSTM": _norms(1.0, lstm=True)}
    paths = [
        f'<path fill="none" stroke="currentColor" opacity="0.4" d="M40 {_height(0):.0f}H360"/>',
        f'<text fill="currentColor" font-size="12" x="28" y="{_height(0) + 4:.0f}">1</text>',
        '<text fill="currentColor" font-size="12" x="200" y="246" text-anchor="middle">steps back</text>',
    ]
    for (name, norms), dashes in zip(lines.items(), ("none", "8 3", "2 3", "12 3 2 3"), strict=True):
        points = [f"{40 + 320 * k / (STEPS - 1):.1f} {_height(math.log10(one)):.1f}" for k, one in enumerate(norms)]
        stroke = f'fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="{dashes}"'
        paths.append(f'<path {stroke} d="M{"L".join(points)}"/>')
        end = _height(math.log10(norms[-1])) + 4
        paths.append(f'<text fill="currentColor" font-size="12" x="366" y="{end:.1f}">{name}</text>')
    alt = "The norm of the gradient against the steps back: at radius 0.7 it vanishes, the others hold it"
    return (
        f'<svg class="lecture-demo-still" role="img" aria-label="{alt}" viewBox="0 0 490 250" width="490" height="250">'
        f"{''.join(paths)}</svg>"
    )


def masks() -> str:
    """Return the receptive field of a PixelCNN of eight layers: seen, out of sight, and out of sight at any depth."""
    side, (row, column) = 28, (27, 13)
    seen, deep = (_seen(PixelCNN(1, 2, 1, layers, head_channels=1), side, row, column) for layers in (7, 2 * side))
    before = torch.arange(side**2).view(side, side) < row * side + column
    parts = (("#56a8d8", seen), ("#f7dfa9", before & deep & ~seen), ("#e69f00", before & ~deep))
    paths = []
    for colour, cells in parts:
        squares = "".join(f"M{c} {r}h1v1h-1z" for r, c in cells.nonzero().tolist())
        paths.append(f'<path fill="{colour}" stroke="#888" stroke-width="0.05" d="{squares}"/>')
    paths.append(f'<path fill="currentColor" d="M{column} {row}h1v1h-1z"/>')
    alt = (
        f"The pixel that is predicted, in the last row of {side}; {int(seen.sum())} pixels above and left of it "
        f"are seen by eight layers, {int((before & deep & ~seen).sum())} by deeper networks, and a wedge of "
        f"{int((before & ~deep).sum())} at the right by none"
    )
    size = f'viewBox="0 0 {side} {side}" width="{10 * side}" height="{10 * side}"'
    return f'<svg class="lecture-demo-still" role="img" aria-label="{alt}" {size}>{"".join(paths)}</svg>'


def orders() -> str:
    """Return an <svg>: the pixels of a digit in raster order, and in a spiral from the centre."""
    side, cells, step, at = 14, [(0, 0)], (0, 1), (0, 0)
    while len(cells) < side**2:  # from the corner inwards: straight on, or a turn to the right
        ahead = (at[0] + step[0], at[1] + step[1])
        if min(ahead) < 0 or max(ahead) >= side or ahead in cells:
            step = (step[1], -step[0])
        else:
            at = ahead
            cells.append(at)
    raster = "".join(f"M0 {r}H{side - 1}" for r in range(side))
    spiral = "M" + "L".join(f"{c} {r}" for r, c in reversed(cells))
    (r, c), pictures = cells[-1], ""
    for left, path, (x, y), name in ((1, raster, (0, 0), "raster"), (side + 2, spiral, (c, r), "from the centre")):
        pictures += (
            f'<g transform="translate({left} 1)">'
            f'<path fill="none" stroke="currentColor" stroke-width="0.15" d="{path}"/>'
            f'<circle fill="currentColor" cx="{x}" cy="{y}" r="0.4"/>'
            f'<text fill="currentColor" font-size="1.2" y="{side + 0.8}">{name}</text></g>'
        )
    alt = "Two orders of 14 by 14 pixels: row by row, and in a spiral from the centre outwards"
    size = f'viewBox="0 0 {2 * side + 3} {side + 2.5}" width="{10 * (2 * side + 3)}" height="{10 * side + 25}"'
    return f'<svg class="lecture-demo-still" role="img" aria-label="{alt}" {size}>{pictures}</svg>'


def words() -> str:
    """Return a table: some words, each with the words that are nearest to it."""
    vectors = sky.vectors()
    lines = "".join(
        f"<tr><th>{word}</th><td>{', '.join(near for near, _ in vectors.nearest(word, 6))}</td></tr>"
        for word in ("frog", "monday", "physics", "guitar", "seven")
    )
    return f'<table class="lecture-demo-still"><tr><th>word</th><th>nearest, by cosine</th></tr>{lines}</table>'


def word2vec_steps() -> str:
    """Return a table: each word of a sentence, what skip-gram predicts from it with a window of 2, and its code."""
    words = ["the", "king", "rules", "the", "land"]
    count = Counter(words)
    names = sorted(count, key=lambda word: -count[word])
    turns = huffman(torch.tensor([count[word] for word in names])).turns
    rows = []
    for t, word in enumerate(words):
        window = [words[i] for i in range(max(0, t - 2), min(len(words), t + 3)) if i != t]
        code = "".join("+" if turn > 0 else "−" for turn in turns[names.index(word)].flip(0).tolist() if turn)
        rows.append(f"<tr><td>{word}</td><td>{', '.join(window)}</td><td>{code}</td></tr>")
    heads = "<tr><th>read</th><th>predicted</th><th>in the tree</th></tr>"
    return f'<table class="lecture-demo-still">{heads}{"".join(rows)}</table>'


def architectures() -> str:
    """Return a table: the accuracies of the paper's tasks and networks at a widening factor of 8."""
    table = tasks_and_networks.packed()["tables"]["paper"]
    heads = "".join(f"<th>{name}</th>" for name in table["networks"])
    lines = ""
    for task, cells in zip(table["tasks"], table["cells"], strict=True):
        scores = "".join(f"<td>{cell['mean']:.1f}</td>" for cell in cells[1])
        lines += f"<tr><th>{task}</th>{scores}</tr>"
    return f'<table class="lecture-demo-still"><tr><th>task</th>{heads}</tr>{lines}</table>'


def pull_and_push() -> str:
    """Return an <svg>: views on a circle, and how far each turns against the gradient of NT-Xent."""
    angles = torch.tensor(VIEWS, dtype=torch.float64).deg2rad().requires_grad_()
    n = len(VIEWS) // 2
    z = torch.stack([angles.cos(), angles.sin()], dim=1)
    (slope,) = torch.autograd.grad(nt_xent(z[:n], z[n:], 1.0), angles)
    turns = -0.7 * slope / slope.abs().max()
    parts = ['<circle r="100" fill="none" stroke="currentColor" opacity="0.4"/>']
    for i, (angle, turn) in enumerate(zip(angles.tolist(), turns.tolist(), strict=True)):
        lane = 109 if i < n else 91
        way = [f"{lane * math.cos(a):.0f} {-lane * math.sin(a):.0f}" for a in (angle, angle + turn)]
        x, y = ((lane + (18 if i < n else -18)) * one for one in (math.cos(angle), -math.sin(angle)))
        bend = f"M{way[0]}A{lane} {lane} 0 0 {int(turn < 0)} {way[1]}"
        parts.append(f'<path d="{bend}" fill="none" stroke="currentColor" stroke-width="3"/>')
        parts.append(f'<circle cx="{way[0].split()[0]}" cy="{way[0].split()[1]}" r="7" fill="currentColor"/>')
        name = f"{i % n + 1}{'' if i < n else '′'}"
        parts.append(
            f'<text fill="currentColor" font-size="14" text-anchor="middle" x="{x:.0f}" y="{y + 5:.0f}">{name}</text>'
        )
    alt = f"{2 * n} views on a circle, two of each of {n} images, and arcs along which the loss turns them"
    box = 'viewBox="-140 -140 280 280" width="280" height="280"'
    return f'<svg class="lecture-demo-still" role="img" aria-label="{alt}" {box}>{"".join(parts)}</svg>'


def small_simclr() -> str:
    """Return an <svg>: test pictures on two circles, trained with negatives and without, a letter for each kind."""
    parts = []
    for k, negatives in enumerate((True, False)):
        kinds, z = shapes.trained(negatives=negatives)
        middle = 125 + 250 * k
        parts.append(f'<circle cx="{middle}" cy="115" r="72" fill="none" stroke="currentColor" opacity="0.4"/>')
        for kind, (x, y) in zip(kinds.tolist(), z.tolist(), strict=True):
            lane = 105 - 8 * kind
            where = f'cx="{middle + lane * x:.0f}" cy="{115 - lane * y:.0f}"'
            parts.append(f'<circle {where} r="3" fill="{shapes.COLOURS[kind]}" stroke="currentColor"/>')
        name = "with negatives" if negatives else "without negatives"
        place = f'x="{middle}" y="245"'
        parts.append(f'<text fill="currentColor" font-size="14" text-anchor="middle" {place}>{name}</text>')
    alt = (
        "Pictures of five kinds of shapes on two circles. Trained with negatives, each kind stands in a direction of "
        "its own; without, all stand in the same one"
    )
    size = 'viewBox="0 0 500 250" width="500" height="250"'
    return f'<svg class="lecture-demo-still" role="img" aria-label="{alt}" {size}>{"".join(parts)}</svg>'


def _norms(radius: float, *, lstm: bool = False) -> list[float]:
    """Return the norm of ∂(v · h_T) / ∂h_{T-k} for k = 0, 1, …, of a random network with 32 units."""
    generator = torch.Generator().manual_seed(0)
    model = (LSTM(8, 32, forget_bias=3.0) if lstm else RNN(8, 32)).double()
    with torch.no_grad():
        W_h = model.W_h[0] if isinstance(model, LSTM) else model.W_hh[0]
        for block in W_h.split(32):
            W = torch.randn(32, 32, generator=generator, dtype=torch.float64)
            block.copy_(radius * W / torch.linalg.eigvals(W).abs().max())
        W_x = model.W_x[0] if isinstance(model, LSTM) else model.W_xh[0]
        W_x.copy_((2 * torch.rand(W_x.shape, generator=generator, dtype=torch.float64) - 1) / math.sqrt(32))
    x = 0.3 * torch.randn(STEPS, 8, generator=generator, dtype=torch.float64)
    v = torch.randn(32, generator=generator, dtype=torch.float64)
    h: list[Tensor] = []
    state = None
    for x_i in x:
        _, state = model(x_i[None, None], state)
        h.append(state[0] if isinstance(state, tuple) else state)
    found = torch.autograd.grad(h[-1][0, 0] @ (v / v.norm()), h)
    return [float(one.norm()) for one in reversed(found)]


def _height(log: float) -> float:
    return 10 + 230 * (HIGH - min(max(log, LOW), HIGH)) / (HIGH - LOW)


def _number(value: float) -> str:
    return f"{value:.3f}".replace("-", "−")


def _seen(model: PixelCNN, side: int, row: int, column: int) -> Tensor:
    """Return which pixels the logit of one depends on: with all weights 1, those of a positive derivative."""
    for name, parameter in model.double().named_parameters():
        parameter.data.fill_(0.0 if name.endswith("bias") else 1.0)
    v = torch.ones(1, 1, side, side, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(model.network(v)[0, 0, 0, row, column], v)
    return gradient[0, 0] > 0
