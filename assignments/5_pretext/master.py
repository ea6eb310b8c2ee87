# %% about
# title = "Assignment 5: learning from tasks that label themselves"
# minutes = 110
# chapters = ["vision/patches", "vision/rotation"]

# %% picture
# Where does the second patch lie, seen from the first? Both pass through one encoder, and a classifier answers.
from lecturelib import figures
from lecturelib.datasets import load

digit = load("mnist-5k").train.x[7]
figures.relative_patch_network(digit[:, 9:19, 4:14], digit[:, 9:19, 14:24], 4)

# %% [markdown]
# A pretext task makes its labels from the picture itself: where was this patch, which way up is this picture? To solve
# it, a network has to look at what is in the picture, unless it finds a shortcut. You will cut patches so that there
# are fewer shortcuts, make the rotation task, and measure what a network learned with a linear probe.

# %%
import torch
from torch.nn import functional as F

# %% [markdown]
# ## 5a. A patch and its neighbour
#
# Of each picture, cut a square patch at the middle and one of its eight neighbours. The neighbours are numbered row by
# row, the middle left out: 0, 1, 2 above, 3 left, 4 right, 5, 6, 7 below. Two things take away the shortcut of lines
# that run on from patch to patch: a gap between the patches, and a jitter that moves each of them.
#
# The upper left corner of the middle patch is, before the jitter, at row $(H - s) // 2$ and column $(W - s) // 2$ for
# patches of side $s$. A neighbour one row down is $s + \text{gap}$ rows further down, and so on. `jitter[n, 0]` moves
# the middle patch of picture $n$ by so many (rows, columns), and `jitter[n, 1]` its neighbour.


# %%
def cut_patches(x, position, jitter, side, gap):
    """Return (middle, neighbour), each [batch, channels, side, side].

    x: [batch, channels, H, W], position: integers [batch] from 0 to 7, jitter: integers [batch, 2, 2].
    """
    # BEGIN SOLUTION
    cell = torch.where(position < 4, position, position + 1)
    away = torch.stack([cell // 3 - 1, cell % 3 - 1], dim=1) * (side + gap)
    centre = torch.tensor([(x.shape[2] - side) // 2, (x.shape[3] - side) // 2])
    middle, neighbour = [], []
    for n in range(len(x)):
        for patches, corner in ((middle, centre + jitter[n, 0]), (neighbour, centre + away[n] + jitter[n, 1])):
            row, column = corner.tolist()
            patches.append(x[n, :, row : row + side, column : column + side])
    return torch.stack(middle), torch.stack(neighbour)
    # END SOLUTION


# %% checked 5a
made = torch.Generator().manual_seed(1)
x, position = torch.rand(8, 1, 17, 18, generator=made), torch.arange(8)
jitter = torch.randint(-1, 2, (8, 2, 2), generator=made)
middle, neighbour = cut_patches(x, position, jitter, 4, 1)
{"x": x, "position": position, "jitter": jitter, "middle": middle, "neighbour": neighbour}

# %% check 5a

# %% [markdown]
# ## 5b. Drop colours
#
# A lens bends colours differently towards the edge of a picture, so that the colours of a patch tell where it was. Keep
# one channel of each picture, `keep[n]`, and replace the others by noise: `noise`, scaled by a hundredth of the
# standard deviation (with `correction=1`, PyTorch's default) of the pixels in the channel that stays.


# %%
def channel_drop(x, keep, noise):
    """Return [batch, 3, H, W]; x, noise: [batch, 3, H, W], keep: integers [batch] from 0 to 2."""
    # BEGIN SOLUTION
    chosen = F.one_hot(keep, 3).bool()[:, :, None, None]
    kept = x[torch.arange(len(x)), keep]
    scale = kept.flatten(1).std(dim=1)[:, None, None, None] / 100
    return torch.where(chosen, x, scale * noise)
    # END SOLUTION


# %% checked 5b
made = torch.Generator().manual_seed(2)
x, noise = torch.rand(3, 3, 4, 5, generator=made), torch.randn(3, 3, 4, 5, generator=made)
keep = torch.tensor([2, 0, 1])
{"x": x, "noise": noise, "keep": keep, "out": channel_drop(x, keep, noise)}

# %% check 5b

# %% [markdown]
# ## 5c. Four rotations
#
# Of a batch of square pictures make one four times as large: first all of them as they are, then all turned by 90
# degrees counter-clockwise, then by 180, then by 270. The labels are 0, 1, 2, 3.


# %%
def rotations(x):
    """Return (pictures [4 batch, channels, H, H], labels: integers [4 batch])."""
    # BEGIN SOLUTION
    turned = torch.cat([x.rot90(k, dims=(2, 3)) for k in range(4)])
    return turned, torch.arange(4).repeat_interleave(len(x))
    # END SOLUTION


# %% checked 5c
x = torch.arange(18.0).reshape(2, 1, 3, 3)
turned, labels = rotations(x)
{"x": x, "turned": turned, "labels": labels}

# %% check 5c

# %% [markdown]
# ## 5d. A linear probe
#
# A probe is a linear classifier on features that stay as they are. First scale the features: subtract the mean and
# divide by the standard deviation (`correction=1`) of each, **both taken from the training set**, with $10^{-6}$ added
# to the deviation. Then go down the gradient of
#
# $$L = -\frac{1}{n} \sum_{m=1}^{n} \log \operatorname{softmax}(W h_m + c)_{y_m}$$
#
# from $W = 0$, $c = 0$, all examples in each step, without autograd.


# %%
def standardise(train, test):
    """Return both scaled; train: [n, d], test: [m, d]."""
    # BEGIN SOLUTION
    mean, deviation = train.mean(dim=0), train.std(dim=0) + 1e-6
    return (train - mean) / deviation, (test - mean) / deviation
    # END SOLUTION


def fit_probe(h, y, classes, steps, rate):
    """Return (W [classes, d], c [classes]); h: [n, d], y: integers [n]."""
    # BEGIN SOLUTION
    W, c = torch.zeros(classes, h.shape[1]), torch.zeros(classes)
    target = F.one_hot(y, classes).float()
    for _ in range(steps):
        residual = (torch.softmax(h @ W.T + c, dim=1) - target) / len(h)
        W, c = W - rate * residual.T @ h, c - rate * residual.sum(dim=0)
    return W, c
    # END SOLUTION


def accuracy(W, c, h, y):
    """Return the share of examples, a float, for which the class with the largest score is y."""
    # BEGIN SOLUTION
    right = (h @ W.T + c).argmax(dim=1) == y
    return right.float().mean().item()
    # END SOLUTION


# %% checked 5d
made = torch.Generator().manual_seed(4)
train, test = 3 * torch.randn(12, 4, generator=made) + 1, torch.randn(6, 4, generator=made)
y = torch.randint(3, (12,), generator=made)
h_train, h_test = standardise(train, test)
W, c = fit_probe(h_train, y, 3, 20, 0.5)
inputs = {"train": train, "test": test, "y": y, "h_train": h_train, "h_test": h_test}
{**inputs, "W": W, "c": c, "accuracy": torch.tensor(accuracy(W, c, h_train, y))}

# %% check 5d

# %% [markdown]
# Train a small network to tell rotations apart, and probe its features for the digit. It takes about a minute. A
# network that was not trained is probed, too: it is what the task has to beat. Does it, on digits?

# %% try
from lecturelib.datasets import load

digits = load("mnist-5k")
torch.manual_seed(0)
body = torch.nn.Sequential(
    torch.nn.Conv2d(1, 16, 5, stride=2), torch.nn.ReLU(), torch.nn.Conv2d(16, 32, 5, stride=2), torch.nn.ReLU()
)
head = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(512, 4))
optimizer = torch.optim.Adam([*body.parameters(), *head.parameters()], lr=1e-3)


def probe():
    with torch.no_grad():
        train, test = body(digits.train.x[:2000]).flatten(1), body(digits.test.x).flatten(1)
    h_train, h_test = standardise(train, test)
    W, c = fit_probe(h_train, digits.train.y[:2000], 10, 100, 0.1)
    return accuracy(W, c, h_test, digits.test.y)


print(f"not trained: {probe():.3f}")
for step in range(301):
    x, labels = rotations(digits.train.x[torch.randint(4000, (64,))])
    loss = F.cross_entropy(head(body(x)), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 100 == 0:
        print(f"step {step}: loss {loss.item():.3f}, probe {probe():.3f}")

# %% [markdown]
# ## Open questions
#
# Answer each in three to five sentences, in this cell. They are graded by hand, two points each.
#
# 1. For which digits can no network tell all four rotations apart, and for which pictures of the world would the task
#    fail altogether?
# 2. What is wrong with a linear probe whose features are scaled with the mean and deviation of the test set, or whose
#    network goes on training with it?

# %% [markdown] rubric
# 1. One point: digits that look like themselves, or like another digit, upside down (0, 1, 8; 6 and 9). One point:
#    pictures without a right way up, such as those taken from above or of textures.
# 2. One point: the test set leaks into the features, so that the score is no longer that of unseen data. One point: a
#    network that trains with the probe learns from labels, and the score no longer says what the pretext task taught.
