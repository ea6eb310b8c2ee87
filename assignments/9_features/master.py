# %% about
# title = "Assignment 9: what features are worth"
# minutes = 170
# chapters = ["vision/rotation", "vision/patches", "vision/contrastive", "vision/architectures"]

# %% picture
# What a linear probe reads from the features of six networks, after training on each task. The lines cross: which task
# is best depends on the network.
import json

from lecturelib import figures
from lecturelib.paths import results_dir

rows = json.loads((results_dir() / "experiments" / "architectures.json").read_text(encoding="utf-8"))["rows"]
scores = {}
for row in rows:
    if row["width"] == 16:
        own = scores.setdefault(row["backbone"], {})
        own[row["task"]] = own.get(row["task"], 0) + row["scores"]["probe"] / 3
order = ["rotation", "exemplar", "relative patch", "jigsaw", "SimCLR", "random weights"]
scores = {name: {task: own[task] for task in order} for name, own in scores.items()}
figures.score_lines(scores, ylabel="accuracy of the probe, percent", base="random weights")

# %% [markdown]
# A network has learnt something from images without labels. How much is it worth? You will read its features with a
# linear probe, and go to the probe's one minimum (9a to 9c). Then come four sources of features: patches and exemplars,
# puzzles, InfoNCE, and a network that runs backwards (9d to 9g). At the end stands a table of six networks and six
# ways to train them, and the question what it says (9h).
#
# 9a to 9c need the section on the linear probe in the chapter on rotations and exemplars; 9d needs that chapter and the
# one on patches, 9e the one on patches, 9f that on contrastive learning, 9g and 9h that on architectures. Every part
# stands for itself; 9a to 9c are a good first sitting.
#
# In 9a to 9c all floats have the type `torch.float64`, elsewhere `torch.float32`; integers are of the type
# `torch.int64`. Logarithms are natural unless bits are asked for. Where a number is asked for, a float or a tensor
# without dimensions will do. Leave what a function is given as it is.

# %%
import itertools
import math

import torch
from torch.nn import functional as F

# %% [markdown]
# ## 9a. The probe's loss
#
# Image $n$ has the features $z_n$, $d$ numbers, and the class $c_n$, one of $K$. The encoder is frozen: the features
# stay as they are. A linear classifier with weights $W$, a row for each class, and biases $b$ has the loss
#
# $$
# \begin{gathered}
# L(W, b) = \frac{1}{N} \sum_{n=1}^{N} \ell_n + \frac{\lambda}{2} \lVert W \rVert^2 , \\
# \ell_n = -\log \operatorname{softmax}(W z_n + b)_{c_n} ,
# \end{gathered}
# $$
#
# where $\lVert W \rVert^2$ is the sum of the squares of all weights. The biases cost nothing.
#
# - `probe_gradient`: return the gradient of $L$ by $W$ and by $b$, without autograd.
# - `probe_hessian`: return the matrix of all second derivatives of $L$, without autograd. The parameters stand in one
#   row, class by class, each class with its weights and then its bias: $W_{00}, \dots, W_{0,d-1}, b_0, W_{10}, \dots$
#
# For the second: the second derivatives of $\ell_n$ by its $K$ logits are $\operatorname{diag}(p) - p\,p^\top$, where
# $p = \operatorname{softmax}(W z_n + b)$, and the logits are linear in the parameters.


# %%
def probe_gradient(W, b, z, c, penalty):
    """Return (d_W, d_b), of the shapes of W [K, d] and b [K]; z: [N, d], c: integers [N], penalty: lambda, a number."""
    # BEGIN SOLUTION
    wrong = (z @ W.T + b).softmax(dim=1) - F.one_hot(c, len(b))
    wrong = wrong / len(z)
    return wrong.T @ z + penalty * W, wrong.sum(dim=0)
    # END SOLUTION


def probe_hessian(W, b, z, penalty):
    """Return the second derivatives [K (d + 1), K (d + 1)]; W: [K, d], b: [K], z: [N, d], penalty: a number."""
    # BEGIN SOLUTION
    p = (z @ W.T + b).softmax(dim=1)
    by_logits = p.diag_embed() - p[:, :, None] * p[:, None, :]
    ones = F.pad(z, (0, 1), value=1.0)
    fit = torch.einsum("njk,na,nb->jakb", by_logits, ones, ones).flatten(0, 1).flatten(1) / len(z)
    weights = F.pad(torch.ones_like(W), (0, 1)).flatten()
    return fit + penalty * weights.diag()
    # END SOLUTION


# %% checked 9a
made = torch.Generator().manual_seed(1)
W, b, z = (torch.randn(*shape, generator=made, dtype=torch.double) for shape in ((3, 2), (3,), (5, 2)))
c = torch.tensor([0, 2, 1, 2, 2])
d_W, d_b = probe_gradient(W, b, z, c, 0.1)
{"W": W, "b": b, "z": z, "c": c, "d_W": d_W, "d_b": d_b, "hessian": probe_hessian(W, b, z, 0.1)}

# %% check 9a

# %% [markdown]
# ## 9b. Its minimum, and why it is the only one
#
# The loss $L$ of 9a is convex, and with $\lambda > 0$ its classifier is unique: it does not matter how one gets there.
#
# - `fit_probe`: return $W$ and $b$ at the minimum, so near to it that no entry of the gradient is above $10^{-6}$ in
#   absolute value. Each class occurs. Any method will do, with autograd or without: PyTorch's L-BFGS with
#   `line_search_fn="strong_wolfe"`, Newton's method with a pseudoinverse (the Hessian has no inverse, since to add one
#   number to all biases changes nothing), or very many steps of plain descent.
# - `how_near`: at some $W$, with the best $b$ for it, the gradient by $W$ is `d_W`, and that by $b$ is 0. Along every
#   direction $V$ of the weights, $L$ with the best $b$ has a curvature of at least $\lambda \lVert V \rVert^2$. Return
#   the smallest number $r$ of which you can be sure for every such problem that $\lVert W - W^* \rVert \le r$, where
#   $W^*$ is at the minimum.
#
# All this holds because the encoder is frozen. If it learns as well, the smallest case has two classes, the feature
# $e\, x_n$ and the logit $w\, e\, x_n$. With $m_n = x_n$ for images of the first class and $-x_n$ for the second,
#
# $$
# L(w, e) = \frac1N \sum_{n=1}^{N} \log\big(1 + \exp(-w\, e\, m_n)\big).
# $$
#
# - `unfrozen_hessian`: return its second derivatives by $(w, e)$, without autograd. What are its eigenvalues at
#   $w = e = 0$?


# %%
def fit_probe(z, c, K, penalty):
    """Return (W [K, d], b [K]) at the minimum; z: [N, d], c: integers [N], K: an int, penalty: a number above 0."""
    # BEGIN SOLUTION
    ones = F.pad(z, (0, 1), value=1.0)
    costs = penalty * F.pad(torch.ones_like(z[0]), (0, 1))
    rate = 1 / (penalty + torch.linalg.matrix_norm(ones, 2) ** 2 / (2 * len(z)))  # over the largest curvature
    at = ahead = z.new_zeros(K, ones.shape[1])
    speed = 0
    for _ in range(20_000):  # descent with Nesterov's momentum, which is lost where it leads uphill
        wrong = ((ones @ ahead.T).softmax(dim=1) - F.one_hot(c, K)) / len(z)
        slope = wrong.T @ ones + costs * ahead
        if slope.abs().max() < 1e-8:
            break
        step = ahead - rate * slope
        speed = 0 if (slope * (step - at)).sum() > 0 else speed + 1
        at, ahead = step, step + speed / (speed + 3) * (step - at)
    return ahead[:, :-1], ahead[:, -1]
    # END SOLUTION


def how_near(d_W, penalty):
    """Return the bound of the distance of W from the minimum, a number; d_W: [K, d], penalty: a number above 0."""
    # BEGIN SOLUTION
    length = d_W.square().sum().sqrt()
    return length / penalty
    # END SOLUTION


def unfrozen_hessian(w, e, m):
    """Return the second derivatives [2, 2] by w and e, two numbers; m: [N]."""
    # BEGIN SOLUTION
    up, down = torch.sigmoid(w * e * m), torch.sigmoid(-w * e * m)
    w_w = (up * down * (e * m) ** 2).mean()
    e_e = (up * down * (w * m) ** 2).mean()
    w_e = (up * down * w * e * m**2 - down * m).mean()
    return torch.stack([w_w, w_e, w_e, e_e]).view(2, 2)
    # END SOLUTION


# %% checked 9b
made = torch.Generator().manual_seed(2)
z, m = torch.randn(20, 3, generator=made, dtype=torch.double), torch.randn(6, generator=made, dtype=torch.double)
c = torch.arange(20) % 4
W, b = fit_probe(z, c, 4, 0.1)
d_W = torch.randn(4, 3, generator=made, dtype=torch.double)
inputs = {"z": z, "c": c, "m": m, "d_W": d_W}
values = {"W": W.contiguous(), "b": b - b.mean(), "near": how_near(d_W, 0.1)}
{**inputs, **values, "unfrozen": unfrozen_hessian(0.7, -1.2, m)}

# %% check 9b

# %% [markdown]
# ## 9c. Read it fairly
#
# Before a probe is trained, each feature is *standardised*: less its mean and divided by its standard deviation (with
# `correction=1`), **both of the training set alone**. So a classifier that was trained on standardised features fits
# raw ones only after the same change. But linear after linear is linear: there are $W'$ and $b'$ that give for every
# raw $z$, of whatever set, the logits that $W$ and $b$ give for the standardised one.
#
# - `for_raw_features`: return $W'$ and $b'$. A feature that is the same in all of the training set teaches nothing: its
#   weights in $W'$ are 0, and what the mean of it was does not enter $b'$.
#
# Then count. Several classes may share the largest logit: from features that are all 0, say, the logits are the biases.
# `argmax` takes the first of them, which may be right by luck.
#
# - `expected_accuracy`: return the expected fraction of right answers if, for each image, one of the classes with the
#   largest logit is drawn, all with the same probability.


# %%
def for_raw_features(W, b, train):
    """Return (W' [K, d], b' [K]); W: [K, d], b: [K], train: the raw features of the training set [N, d], N >= 2."""
    # BEGIN SOLUTION
    mean, deviation = train.mean(dim=0), train.std(dim=0)
    varies = (train != train[0]).any(dim=0)
    raw = torch.where(varies, W / deviation, 0.0)
    return raw, b - raw @ mean
    # END SOLUTION


def expected_accuracy(logits, c):
    """Return the expected fraction of right answers, a number; logits: [N, K], c: integers [N]."""
    # BEGIN SOLUTION
    best = logits == logits.max(dim=1, keepdim=True).values
    credit = best[torch.arange(len(c)), c] / best.sum(dim=1)
    return credit.mean()
    # END SOLUTION


# %% checked 9c
made = torch.Generator().manual_seed(3)
train = 3 * torch.randn(7, 4, generator=made, dtype=torch.double) + 2
train[:, 1] = 5
W, b = (torch.randn(*shape, generator=made, dtype=torch.double) for shape in ((3, 4), (3,)))
raw_W, raw_b = for_raw_features(W, b, train)
logits = torch.tensor([[1.0, 3, 3], [2, 0, 1], [0, 0, 0], [4, 4, -1]], dtype=torch.double)
c = torch.tensor([1, 0, 2, 2])
inputs = {"train": train, "W": W, "b": b, "logits": logits, "c": c}
{**inputs, "raw_W": raw_W, "raw_b": raw_b, "accuracy": torch.as_tensor(expected_accuracy(logits, c))}

# %% check 9c

# %% [markdown]
# ## 9d. Labels for nothing: patches and exemplars
#
# The cells of a grid are squares of `side` by `side` pixels, with `gap` pixels between two of them. Each patch is its
# cell, moved by a jitter of its own, up or down and left or right. The jitter is small: two patches are moved against
# each other by less than half of side + gap. The eight neighbours of a cell are numbered row by row, the cell itself
# left out: 0, 1, 2 above, 3 left, 4 right, 5, 6, 7 below.
#
# - `directions`: the upper left corners (row, column) of pairs of patches are given, after the jitter, from
#   neighbouring cells. Return the label of each pair: where the second patch lies, seen from the first.
# - `pairs_of_grid`: return all pairs of neighbouring cells with their labels, as rows (first cell, second cell, label).
#   Cells are numbered row by row. The rows of the result are in the order of their first cell, and of their label.
# - `blind_accuracy`: can the label be guessed without looking, from what is known beside the patches, such as the
#   number of the first cell? Return the fraction that is right if for each value of `known` the label is answered that
#   is most frequent with it.
#
# In the exemplar task every image is a *surrogate class* of its own, and its examples are distorted copies of it. A
# linear classifier with weights $V$ and biases $b$ reads the features $h$ of a copy, and says of which image it is.
#
# - `exemplar_loss`: return the mean of $-\log \operatorname{softmax}(V h + b)_i$ over all copies, where $i$ is the
#   copy's image. `h` holds first all copies of image 0, then all of image 1, and so on, of each equally many.
# - `least_exemplar_loss`: distorted copies of different images may look alike. Let `p[i, v]` be the probability that a
#   copy of image $i$ looks like $v$; each $v$ may come from at least one image, and all images are equally likely.
#   Return the smallest mean loss that any classifier of what it sees can have, in nats.


# %%
def directions(first, second, side, gap):
    """Return the labels, integers [n] from 0 to 7; first, second: integers [n, 2], side, gap: ints."""
    # BEGIN SOLUTION
    steps = ((second - first) / (side + gap)).round().long()
    cell = 3 * (steps[:, 0] + 1) + steps[:, 1] + 1
    return torch.where(cell > 4, cell - 1, cell)
    # END SOLUTION


def pairs_of_grid(rows, columns):
    """Return integers [pairs, 3]: first cell, second cell, label; rows, columns: ints, not both of them 1."""
    # BEGIN SOLUTION
    around = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1) if (down, right) != (0, 0)]
    found = []
    for row, column in itertools.product(range(rows), range(columns)):
        for label, (down, right) in enumerate(around):
            if 0 <= row + down < rows and 0 <= column + right < columns:
                found.append((row * columns + column, (row + down) * columns + column + right, label))
    return torch.tensor(found)
    # END SOLUTION


def blind_accuracy(known, labels):
    """Return the fraction of right guesses, a number; known: integers [n] from 0 on, labels: integers [n], 0 to 7."""
    # BEGIN SOLUTION
    counts = torch.bincount(8 * known + labels, minlength=8 * (int(known.max()) + 1)).view(-1, 8)
    return counts.amax(dim=1).sum() / len(labels)
    # END SOLUTION


def exemplar_loss(h, V, b):
    """Return the mean loss, a number; h: [images * copies, d], V: [images, d], b: [images]."""
    # BEGIN SOLUTION
    image = torch.arange(len(V)).repeat_interleave(len(h) // len(V))
    return F.cross_entropy(h @ V.T + b, image)
    # END SOLUTION


def least_exemplar_loss(p):
    """Return the smallest possible mean loss, a number; p: [images, looks], each row sums to 1."""
    # BEGIN SOLUTION
    posterior = p / p.sum(dim=0)
    return -torch.xlogy(p, posterior).sum() / len(p)
    # END SOLUTION


# %% checked 9d
made = torch.Generator().manual_seed(4)
first = torch.randint(20, 40, (16, 2), generator=made)
cell = torch.tensor([0, 1, 2, 3, 5, 6, 7, 8]).repeat(2)
moved = torch.randint(-2, 3, (16, 2), generator=made)
second = first + 11 * (torch.stack([cell // 3, cell % 3], dim=1) - 1) + moved
pairs = pairs_of_grid(2, 3)
h, V, b = (torch.randn(*shape, generator=made) for shape in ((12, 4), (3, 4), (3,)))
p = torch.tensor([[0.5, 0.5, 0.0], [0.5, 0.25, 0.25], [0.0, 0.0, 1.0]])
inputs = {"first": first, "second": second, "h": h, "V": V, "b": b, "p": p}
values = {"labels": directions(first, second, 9, 2), "pairs": pairs, "loss": exemplar_loss(h, V, b)}
{**inputs, **values, "blind": blind_accuracy(pairs[:, 0], pairs[:, 2]), "least": least_exemplar_loss(p)}

# %% check 9d

# %% [markdown]
# ## 9e. Puzzles
#
# The tiles of an image are shuffled, and the question is which of $K$ orders it was. An order is a row of the numbers
# $0, \dots, T - 1$ of the tiles; the *Hamming distance* of two orders is the number of positions in which they differ.
#
# - `distances`: return the Hamming distance of each order from each.
# - `choose`: choose orders that are far apart, greedily. Begin with the first candidate. Then always take the candidate
#   whose distance from the *nearest* of those already taken is largest; of several such the first. Return the orders
#   that were taken, in this order.
# - `facts`: let $d$ be the smallest distance of two of the orders. Return three numbers: how many bits an answer has if
#   all orders are equally likely, the smallest $m$ for which any $m$ tiles that are recognised decide the order,
#   whichever positions they are in, and the largest number of tiles that may be taken for wrong ones while the nearest
#   order is still sure to be the right one.
# - `nearest_order`: `seen` has a row for each puzzle, which tile one believes to see at each position; a tile may be in
#   it twice. Return the number of the order with the smallest distance from it, the first of several.
#
# Without precautions, a network finds the order by the light: neighbouring tiles are equally bright.
#
# - `normalised`: subtract from each channel of each tile its own mean, and divide by its own standard deviation
#   (`correction=1`). A channel that is the same all over a tile becomes 0.


# %%
def distances(orders):
    """Return integers [K, K]; orders: integers [K, T]."""
    # BEGIN SOLUTION
    return (orders[:, None] != orders[None]).sum(dim=2)
    # END SOLUTION


def choose(candidates, count):
    """Return `count` of the rows, integers [count, T]; candidates: integers [n, T], all different, count <= n."""
    # BEGIN SOLUTION
    taken = [0]
    nearest = torch.full((len(candidates),), candidates.shape[1] + 1)
    while len(taken) < count:
        apart = (candidates != candidates[taken[-1]]).sum(dim=1)
        nearest = torch.minimum(nearest, apart)
        taken.append(int(nearest.argmax()))
    return candidates[taken]
    # END SOLUTION


def facts(orders):
    """Return (bits, tiles that decide, wrong tiles corrected), three numbers; orders: integers [K, T], K > 1."""
    # BEGIN SOLUTION
    K, T = orders.shape
    d = min(int((one != other).sum()) for one, other in itertools.combinations(orders, 2))
    return math.log2(K), T - d + 1, (d - 1) // 2
    # END SOLUTION


def nearest_order(seen, orders):
    """Return integers [n] from 0 to K - 1; seen: integers [n, T], orders: integers [K, T]."""
    # BEGIN SOLUTION
    wrong = (seen[:, None] != orders[None]).sum(dim=2)
    return wrong.argmin(dim=1)
    # END SOLUTION


def normalised(tiles):
    """Return the tiles normalised; tiles: [n, T, channels, height, width]."""
    # BEGIN SOLUTION
    mean, deviation = tiles.mean(dim=(3, 4), keepdim=True), tiles.std(dim=(3, 4), keepdim=True)
    varies = tiles.amax(dim=(3, 4), keepdim=True) > tiles.amin(dim=(3, 4), keepdim=True)
    return torch.where(varies, (tiles - mean) / deviation, 0.0)
    # END SOLUTION


# %% checked 9e
made = torch.Generator().manual_seed(5)
candidates = torch.tensor(list(itertools.permutations(range(5))))[torch.randperm(120, generator=made)]
chosen = choose(candidates, 6)
seen, tiles = torch.randint(5, (9, 5), generator=made), torch.rand(2, 3, 2, 3, 3, generator=made)
tiles[0, 1, 0] = 0.5
inputs = {"candidates": candidates, "seen": seen, "tiles": tiles}
values = {"chosen": chosen, "distances": distances(chosen), "facts": torch.tensor(facts(chosen))}
{**inputs, **values, "nearest": nearest_order(seen, chosen), "normalised": normalised(tiles)}

# %% check 9e

# %% [markdown]
# A small network solves puzzles of nine tiles, with 16 of your orders, for some twenty seconds. Then your probe of 9b
# and 9c reads digits from its features with few labels, and from those of the same network without training. The
# puzzles are soon solved. Was the task worth anything? By what can a tile of a digit be recognised, and is that what
# tells a 3 from an 8? Where does the probe of the raw pixels stand?

# %% try
from lecturelib.datasets import load

digits = load("mnist-5k")
torch.manual_seed(0)
nine = torch.tensor(list(itertools.islice(itertools.permutations(range(9)), 0, None, 97)))
orders = choose(nine[torch.randperm(len(nine))], 16)
print("bits, tiles that decide, wrong tiles that are corrected:", facts(orders))
body = torch.nn.Sequential(
    torch.nn.Conv2d(1, 16, 3, padding=1),
    torch.nn.ReLU(),
    torch.nn.MaxPool2d(2),
    torch.nn.Conv2d(16, 32, 3, padding=1),
    torch.nn.ReLU(),
)
head = torch.nn.Sequential(torch.nn.Linear(9 * 128, 64), torch.nn.ReLU(), torch.nn.Linear(64, len(orders)))


def cut(x):
    """Nine tiles of 8 x 8 pixels, two pixels apart, made smaller by half."""
    rows = [x[:, :, r : r + 8, k : k + 8] for r in (0, 10, 20) for k in (0, 10, 20)]
    return torch.stack(rows, dim=1)


def features(x):
    with torch.no_grad():
        return F.adaptive_avg_pool2d(body(x), 3).flatten(1).double()


def read(name, f):
    train, test = f(digits.train.x[:500]), f(digits.test.x)
    standard = (train - train.mean(dim=0)) / train.std(dim=0).clamp(min=1e-6)
    W, b = for_raw_features(*fit_probe(standard, digits.train.y[:500], 10, 0.01), train)
    right = expected_accuracy(test @ W.T + b, digits.test.y)
    print(f"{name:20} {len(W.T):4} features, {100 * float(right):.1f}% of digits read")


read("pixels, 7 x 7", lambda x: F.avg_pool2d(x, 4).flatten(1).double())
read("not trained", features)
optimizer = torch.optim.Adam([*body.parameters(), *head.parameters()], lr=2e-3)
for step in range(401):
    x = cut(digits.train.x[torch.randint(4000, (64,))])
    k = torch.randint(len(orders), (64,))
    shuffled = x[torch.arange(64)[:, None], orders[k]]
    h = F.adaptive_avg_pool2d(body(shuffled.flatten(0, 1)), 2).view(64, -1)
    loss = F.cross_entropy(head(h), k)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 100 == 0:
        print(f"step {step}: {loss.item():.2f} nats per puzzle; guessing costs {math.log(16):.2f}")
read("trained on puzzles", features)

# %% [markdown]
# ## 9f. InfoNCE and its ceiling
#
# A context $c$ belongs to one of $n$ candidates, drawn from $p(x \mid c)$. The others, its negatives, are drawn from
# $p(x)$, independently of $c$. A network gives a score to each candidate, and InfoNCE is its cross-entropy $L$.
#
# - `info_nce`: `scores[i, j]` is the score that context $i$ of a batch gives to candidate $j$; candidate $i$ is the one
#   that belongs to it. Return $L$, the mean over the contexts, and $\log n - L$, the lower bound of the mutual
#   information that it gives. Scores may be as large as 1000 in either direction.
#
# Now let $x$ and $c$ have few values, and let their joint distribution be known: `joint[c, x]` is $p(c, x)$. Every
# context and every $x$ has a positive probability, but not every pair.
#
# - `best_scores`: scores that give the smallest $L$ are the logarithms of $r(x, c) = p(x \mid c) / p(x)$. Return them;
#   where a pair never occurs, the score is $-\infty$.
# - `information`: return the mutual information of $x$ and $c$ in nats.
# - `best_loss`: return the loss of the best scores with $n$ candidates, exactly:
#
# $$
# \begin{gathered}
# L^* = \sum_{c, x_1, \dots, x_n} q\, \log \frac{r(x_1, c) + \dots + r(x_n, c)}{r(x_1, c)} , \\
# q = p(c, x_1)\, p(x_2) \cdots p(x_n) ,
# \end{gathered}
# $$
#
# where terms with $q = 0$ count as 0. There are at most five values of $x$, and at most four candidates.


# %%
def info_nce(scores):
    """Return (L, log n - L), two numbers; scores: [n, n]."""
    # BEGIN SOLUTION
    loss = -scores.log_softmax(dim=1).diagonal().mean()
    return loss, math.log(len(scores)) - loss
    # END SOLUTION


def best_scores(joint):
    """Return the scores, of the shape of joint [contexts, values of x]."""
    # BEGIN SOLUTION
    independent = joint.sum(dim=1, keepdim=True) * joint.sum(dim=0)
    return (joint / independent).log()
    # END SOLUTION


def information(joint):
    """Return the mutual information in nats, a number; joint: [contexts, values of x]."""
    # BEGIN SOLUTION
    p_c, p_x = joint.sum(dim=1, keepdim=True), joint.sum(dim=0, keepdim=True)
    return (torch.xlogy(joint, joint) - torch.xlogy(joint, p_c * p_x)).sum()
    # END SOLUTION


def best_loss(joint, n):
    """Return L*, a number; joint: [contexts, values of x], n: an int, 2 at least."""
    # BEGIN SOLUTION
    p_x = joint.sum(dim=0)
    r, total = joint / joint.sum(dim=1, keepdim=True) / p_x, 0.0
    for x in itertools.product(range(len(p_x)), repeat=n):
        weight = joint[:, x[0]] * p_x[list(x[1:])].prod()
        occurs = weight > 0
        sums = r[:, list(x)].sum(dim=1)
        total = total + (weight * (sums / r[:, x[0]]).log())[occurs].sum()
    return total
    # END SOLUTION


# %% checked 9f
made = torch.Generator().manual_seed(6)
scores = 2 * torch.randn(6, 6, generator=made)
joint = torch.tensor([[0.2, 0.1, 0.0, 0.1], [0.05, 0.2, 0.05, 0.0], [0.0, 0.05, 0.05, 0.2]])
loss, bound = info_nce(scores)
values = {"scores": scores, "joint": joint, "loss": loss, "bound": bound, "best": best_scores(joint)}
{**values, "information": information(joint), "losses": torch.stack([best_loss(joint, n) for n in (2, 3)])}

# %% check 9f

# %% [markdown]
# One of five symbols fixes the next. How much does it tell, and what is the best that InfoNCE can say with few
# candidates? Then the same with noise.

# %% try
for noise in (0.0, 0.3, 0.6):
    joint = ((1 - noise) * torch.eye(5) + noise / 5) / 5
    found = ", ".join(f"{math.log(n) - float(best_loss(joint, n)):.3f} of {math.log(n):.3f}" for n in (2, 3, 4))
    print(f"noise {noise}: {float(information(joint)):.3f} nats; bounds and ceilings with 2, 3, 4 candidates: {found}")

# %% [markdown]
# ## 9g. A block that runs backwards
#
# A reversible block changes two halves in turn,
#
# $$
# y_1 = x_1 + F(x_2), \qquad y_2 = x_2 + G(y_1),
# $$
#
# here with the small functions $F(a) = \tanh(A a)$ and $G(a) = \tanh(B a)$. An example is a row of each half.
#
# - `block_forward`: return $y_1$ and $y_2$.
# - `block_inverse`: return $x_1$ and $x_2$ from $y_1$ and $y_2$.
# - `block_backward`: nothing was kept but $y_1$ and $y_2$. The gradients of a loss by them are given as `d_y1` and
#   `d_y2`. Return the gradients by $x_1$, $x_2$, $A$ and $B$; those by $A$ and $B$ are sums over all examples. With
#   autograd or without.


# %%
def block_forward(x1, x2, A, B):
    """Return (y1, y2), both [n, d]; x1, x2: [n, d], A, B: [d, d]."""
    # BEGIN SOLUTION
    y1 = x1 + torch.tanh(x2 @ A.T)
    return y1, x2 + torch.tanh(y1 @ B.T)
    # END SOLUTION


def block_inverse(y1, y2, A, B):
    """Return (x1, x2), both [n, d]; y1, y2: [n, d], A, B: [d, d]."""
    # BEGIN SOLUTION
    x2 = y2 - torch.tanh(y1 @ B.T)
    return y1 - torch.tanh(x2 @ A.T), x2
    # END SOLUTION


def block_backward(y1, y2, d_y1, d_y2, A, B):
    """Return (d_x1, d_x2, d_A, d_B), of the shapes of x1, x2, A and B; y1, y2, d_y1, d_y2: [n, d], A, B: [d, d]."""
    # BEGIN SOLUTION
    g = torch.tanh(y1 @ B.T)
    through_g = d_y2 * (1 - g**2)
    total = d_y1 + through_g @ B
    before = y2 - g
    through_f = total * (1 - torch.tanh(before @ A.T) ** 2)
    return total, d_y2 + through_f @ A, through_f.T @ before, through_g.T @ y1
    # END SOLUTION


# %% checked 9g
made = torch.Generator().manual_seed(7)
x1, x2, d_y1, d_y2 = torch.randn(4, 5, 3, generator=made).unbind()
A, B = torch.randn(2, 3, 3, generator=made).unbind()
y1, y2 = block_forward(x1, x2, A, B)
d_x1, d_x2, d_A, d_B = block_backward(y1, y2, d_y1, d_y2, A, B)
inputs = {"x1": x1, "x2": x2, "A": A, "B": B, "d_y1": d_y1, "d_y2": d_y2}
{**inputs, "y1": y1, "y2": y2, "d_x1": d_x1, "d_x2": d_x2, "d_A": d_A, "d_B": d_B}

# %% check 9g

# %% [markdown]
# Forty blocks, one after the other, and nothing kept but the last output: does the input come back, and is the gradient
# that of autograd? Try fewer digits, `torch.bfloat16`, as well.

# %% try
for kind in (torch.float64, torch.float32, torch.bfloat16):
    torch.manual_seed(0)
    first = torch.randn(2, 64, 8, dtype=torch.float64).to(kind)
    weights = [(0.5 * torch.randn(2, 8, 8, dtype=torch.float64)).to(kind).requires_grad_() for _ in range(40)]
    y1, y2 = start = [half.clone().requires_grad_() for half in first]
    for A, B in weights:
        y1, y2 = block_forward(y1, y2, A, B)
    wanted = torch.autograd.grad((y1 * y2).sum(), start)
    with torch.no_grad():
        y1, y2 = y1.detach(), y2.detach()
        d1, d2 = y2, y1
        for A, B in reversed(weights):
            d1, d2, _, _ = block_backward(y1, y2, d1, d2, A, B)
            y1, y2 = block_inverse(y1, y2, A, B)
    off = (torch.stack([y1, y2]) - first).abs().max().item()
    wrong = (torch.stack([d1, d2]) - torch.stack(wanted)).norm() / torch.stack(wanted).norm()
    print(f"{kind!s:14} the input comes back to within {off:.1e}, the gradient is wrong by {100 * wrong:.2g}%")

# %% [markdown]
# ## 9h. A table, read and questioned
#
# Each task was tried with each network, and with several seeds: `scores[s, t, k]` is the accuracy of the probe, in
# percent, for seed $s$, task $t$ and network $k$. "The mean" is the mean over seeds.
#
# - `ranks`: return the rank of each task among all tasks of the same network by its mean; the best has rank 1. Tasks
#   with equal means share the mean of their ranks: two that are level on places 2 and 3 both have 2.5.
# - `everywhere`: which conclusions do not depend on the network? Return whether the mean of task $i$ is above that of
#   task $j$ with *every* network.
# - `crossings`: return for each two networks how many pairs of tasks they disagree on: one has the first task of the
#   pair ahead by its mean, the other the second. A pair that is level with either of them is no disagreement.
# - `interaction`: by how much further is task $i$ ahead of task $j$ with network $k$ than with network $m$? That is a
#   number for each seed. Return its mean over seeds, and the standard error of this mean: the standard deviation over
#   seeds (`correction=1`), divided by the root of their number.


# %%
def ranks(scores):
    """Return floats [tasks, networks]; scores: [seeds, tasks, networks]."""
    # BEGIN SOLUTION
    mean = scores.mean(dim=0)
    ahead = (mean[None] > mean[:, None]).sum(dim=1)
    level = (mean[None] == mean[:, None]).sum(dim=1)
    return 1 + ahead + (level - 1) / 2
    # END SOLUTION


def everywhere(scores):
    """Return booleans [tasks, tasks], true at [i, j] if task i is ahead of task j with every network."""
    # BEGIN SOLUTION
    by_task = scores.mean(dim=0)
    return (by_task[:, None] > by_task[None]).all(dim=2)
    # END SOLUTION


def crossings(scores):
    """Return integers [networks, networks], the number of pairs of tasks on which two networks disagree."""
    # BEGIN SOLUTION
    means = scores.mean(dim=0)
    order = (means[:, None] - means[None]).sign().flatten(0, 1)
    opposite = order[:, :, None] * order[:, None, :] < 0
    return opposite.sum(dim=0) // 2
    # END SOLUTION


def interaction(scores, i, j, k, m):
    """Return (mean, standard error), two numbers; i, j: ints, two tasks, k, m: ints, two networks."""
    # BEGIN SOLUTION
    gain = scores[:, i] - scores[:, j]
    more = gain[:, k] - gain[:, m]
    return more.mean(), more.std() / len(more) ** 0.5
    # END SOLUTION


# %% checked 9h
import json

from lecturelib.paths import results_dir

rows = json.loads((results_dir() / "experiments" / "architectures.json").read_text(encoding="utf-8"))["rows"]
found = {(row["seed"], row["task"], row["backbone"]): row["scores"]["probe"] for row in rows if row["width"] == 16}
tasks = ["rotation", "exemplar", "relative patch", "jigsaw", "SimCLR", "random weights"]
networks = ["RevNet", "ResNet v2", "ResNet v1", "RevNet (-)", "ResNet v2 (-)", "VGG-BN"]
scores = torch.tensor([[[found[seed, task, name] for name in networks] for task in tasks] for seed in range(3)])
gained = torch.stack(interaction(scores, 3, 0, 2, 0))
values = {"scores": scores, "ranks": ranks(scores), "everywhere": everywhere(scores)}
{**values, "crossings": crossings(scores), "interaction": gained}

# %% check 9h

# %% [markdown]
# This is the table of the chapter on architectures, with 16 channels: means over three seeds, with half of the
# difference between the largest and the smallest. What would you print about it?

# %% try
from lecturelib.homework import checked

tasks = ["rotation", "exemplar", "relative patch", "jigsaw", "SimCLR", "random weights"]
networks = ["RevNet", "ResNet v2", "ResNet v1", "RevNet (-)", "ResNet v2 (-)", "VGG-BN"]
scores = checked("9h")["scores"]
mean, half = scores.mean(dim=0), (scores.amax(dim=0) - scores.amin(dim=0)) / 2
print(f"{'':14} " + " ".join(f"{name:>13}" for name in networks))
for task, row, spread in zip(tasks, mean.tolist(), half.tolist()):
    print(f"{task:14} " + " ".join(f"{a:6.1f} +- {s:3.1f}" for a, s in zip(row, spread)))
for task, row in zip(tasks, ranks(scores).tolist()):
    print(f"{task:14} ranks", " ".join(f"{rank:g}" for rank in row))
for i, j in everywhere(scores).nonzero().tolist():
    lead = (mean[i] - mean[j]).min().item()
    print(f"{tasks[i]} is ahead of {tasks[j]} with every network, by {lead:.1f} points at least")
print("pairs of tasks on which two networks disagree:", crossings(scores).tolist())

# %% [markdown]
# ## Open questions
#
# Answer each in three to five sentences, in this cell. They are graded by hand, two points each.
#
# 1. Look at the table above. Name a conclusion that you would print and one that you would not, although the means say
#    it with every network. Why is it not fair to look for the two networks that disagree most, and then to report their
#    interaction with its standard error?
# 2. A stage of reversible blocks with random weights loses nothing: its output has as much information about the class
#    as the image itself. Does a linear probe find as much in it as in a trained network's output? Say what the mutual
#    information of features and classes measures, what the probe measures, and which of the two "what features are
#    worth" means in this assignment.

# %% [markdown] rubric
# 1. One point: one conclusion with a lead that is large against the spread of seeds with every network (each of the
#    five tasks ahead of random weights; or exemplars ahead of rotations, with VGG-BN named as the exception), and one
#    whose lead vanishes in the spread with some network (with VGG-BN: exemplars ahead of rotations or of jigsaw, SimCLR
#    ahead of relative patches). One point: of the many pairs of tasks and networks, some interaction is large by
#    chance, so the largest is too large on average, and its standard error does not know of the search; choose the pair
#    before looking, or test the one that was found with new seeds.
# 2. One point: no; the probe reads only what is linear in the features, and random blocks need not bring the classes
#    nearer to that (the random weights of the table are the lowest row). One point: an invertible map leaves the mutual
#    information as it is, so that by this measure pixels would be as good as any features; the probe measures how much
#    a simple reader with few labels gets out, which depends on the form of the features, and this is what "worth" means
#    here.
