# %% about
# title = "Assignment 6: contrastive learning"
# minutes = 130
# chapters = ["vision/contrastive"]

# %% picture
# SimCLR: two views of a picture, one encoder and one projection head; the two outputs should find each other.
from lecturelib import figures
from lecturelib.datasets import load

digit = load("mnist-5k").train.x[7]
figures.simclr_pipeline(digit, digit[:, 2:22, 2:22], digit[:, 6:28, 4:26])

# %% [markdown]
# Contrastive learning asks a network to recognise two views of the same picture among the views of others. What it
# learns depends on how the views are made. You will write the loss and the augmentations, put augmentations together,
# measure which pair of them makes the better features, and see from the loss's gradient what its temperature does.

# %%
import torch
from torch.nn import functional as F

# %% [markdown]
# ## 6a. NT-Xent
#
# A batch of $N$ pictures gives $2N$ embeddings: $z^{(1)}_1, \dots, z^{(1)}_N$ and $z^{(2)}_1, \dots, z^{(2)}_N$. With
# all of them in one list, scaled to length 1, and $i$'s partner $p(i)$, the loss of one is
#
# $$\ell_i = -\log \frac{\exp(z_i \cdot z_{p(i)} / \tau)}{\sum_{k \ne i} \exp(z_i \cdot z_k / \tau)}.$$
#
# Return the mean over all $2N$. Temperatures $\tau$ as small as 0.005 must not overflow.


# %%
def nt_xent(z1, z2, temperature):
    """Return the mean loss, a tensor without dimensions; z1, z2: [N, d], row by row two views of one picture."""
    # BEGIN SOLUTION
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    scores = z @ z.T / temperature
    scores.fill_diagonal_(-torch.inf)
    log_p = scores.log_softmax(dim=1)
    partner = torch.arange(len(z)).roll(len(z1))
    return -log_p[torch.arange(len(z)), partner].mean()
    # END SOLUTION


# %% checked 6a
made = torch.Generator().manual_seed(1)
z1, z2 = torch.randn(4, 3, generator=made), torch.randn(4, 3, generator=made)
{"z1": z1, "z2": z2, "loss": nt_xent(z1, z2, 0.5)}

# %% check 6a

# %% [markdown]
# ## 6b. Augmentations
#
# Three of them, each with its random choices as arguments, so that they can be checked:
#
# - **crop**: cut the square with upper left corner `(top, left)` and side `side` out of each picture of the batch, the
#   same for all, and resize it to the old height and width (bilinear, `align_corners=False`);
# - **flip**: mirror from left to right the pictures that `which` marks as true;
# - **brightness and contrast**: of picture $n$ with mean $m_n$ over all its pixels and channels, return
#   $c_n (x - m_n) + m_n + \beta_n$, cut off at 0 and 1.


# %%
def crop(x, top, left, side):
    """Return [batch, channels, height, width], a part of x enlarged."""
    # BEGIN SOLUTION
    part = x[:, :, top : top + side, left : left + side]
    return F.interpolate(part, size=x.shape[2:], mode="bilinear", align_corners=False)
    # END SOLUTION


def flip(x, which):
    """Return x with some pictures mirrored; which: booleans [batch]."""
    # BEGIN SOLUTION
    mirrored = x.flip(3)
    return torch.where(which[:, None, None, None], mirrored, x)
    # END SOLUTION


def adjust(x, brightness, contrast):
    """Return x with other brightness and contrast; x: values from 0 to 1, brightness, contrast: [batch]."""
    # BEGIN SOLUTION
    m = x.mean(dim=(1, 2, 3), keepdim=True)
    beta, c = brightness.view(-1, 1, 1, 1), contrast.view(-1, 1, 1, 1)
    return (c * (x - m) + m + beta).clamp(0, 1)
    # END SOLUTION


# %% checked 6b
made = torch.Generator().manual_seed(2)
x, which = torch.rand(3, 2, 6, 6, generator=made), torch.tensor([True, False, True])
brightness, contrast = 0.4 * torch.rand(3, generator=made), 2 * torch.rand(3, generator=made)
inputs = {"x": x, "which": which, "brightness": brightness, "contrast": contrast}
{**inputs, "cropped": crop(x, 1, 2, 4), "flipped": flip(x, which), "adjusted": adjust(x, brightness, contrast)}

# %% check 6b

# %% [markdown]
# ## 6c. Compose
#
# Write a function that takes a list of functions and returns one that applies them in turn, the first of the list
# first. An empty list gives the function that returns what it gets. Two small functions are given to try it on.


# %%
def plus_one(x):
    """Return x + 1."""
    return x + 1


def times_three(x):
    """Return 3 x."""
    return 3 * x


def compose(functions):
    """Return a function of x that applies all of the functions, the first one first."""

    # BEGIN SOLUTION
    def composed(x):
        for function in functions:
            x = function(x)
        return x

    return composed
    # END SOLUTION


# %% checked 6c
x = torch.arange(3.0)
{"x": x, "y": compose([plus_one, times_three, times_three])(x)}

# %% check 6c

# %% [markdown]
# ## 6d. The composition experiment
#
# To find which augmentations go well together, train once with every pair of them. Entry $(i, j)$ of the table is the
# score of `score([i, j])` for $i \ne j$, and of `score([i])` on the diagonal. Then find the best pair off the diagonal,
# as a tuple of two ints; the first in row order where several are equal. One scoring function is given to try it on.


# %%
def scoring(weights):
    """Return a function that gives a list of augmentations a made-up accuracy, by three integers."""
    return lambda chosen: (weights[0] * chosen[0] + weights[1] * chosen[-1] + weights[2] * len(chosen)) % 11 / 11


pretended_score = scoring([7, 5, 3])


def composition_table(score, count):
    """Return the table [count, count] of scores; score takes a list of one or two numbers from 0 to count - 1."""
    # BEGIN SOLUTION
    rows = [[score([i, j] if i != j else [i]) for j in range(count)] for i in range(count)]
    return torch.tensor(rows)
    # END SOLUTION


def best_pair(table):
    """Return the row and column, two ints, of the largest entry off the diagonal."""
    # BEGIN SOLUTION
    apart = table.clone().fill_diagonal_(-torch.inf)
    place = int(apart.argmax())
    return place // len(table), place % len(table)
    # END SOLUTION


# %% checked 6d
table = composition_table(pretended_score, 4)
{"table": table, "best": torch.tensor(best_pair(table))}

# %% check 6d

# %% [markdown]
# Now the experiment, on a thousand digits: a small network is trained with each pair, and a linear classifier on its
# frozen features is the score. It takes about a minute.

# %% try
from lecturelib.datasets import load

digits = load("mnist-5k")
x_train, y_train = digits.train.x[:1000, :, ::2, ::2], digits.train.y[:1000]
x_test, y_test = digits.test.x[:, :, ::2, ::2], digits.test.y


def random_crop(x):
    top, left = torch.randint(5, (2,)).tolist()
    return crop(x, top, left, 10)


def random_flip(x):
    return flip(x, torch.rand(len(x)) < 0.5)


def random_adjust(x):
    return adjust(x, 0.6 * torch.rand(len(x)) - 0.3, 0.5 + torch.rand(len(x)))


augmentations = [random_crop, random_flip, random_adjust]


def train_and_score(chosen):
    torch.manual_seed(0)
    view = compose([augmentations[k] for k in chosen])
    body = torch.nn.Sequential(
        torch.nn.Conv2d(1, 16, 3, stride=2), torch.nn.ReLU(), torch.nn.Conv2d(16, 32, 3, stride=2), torch.nn.ReLU()
    )
    network = torch.nn.Sequential(body, torch.nn.Flatten(), torch.nn.Linear(128, 32))
    optimizer = torch.optim.Adam(network.parameters(), lr=2e-3)
    for _ in range(100):
        x = x_train[torch.randperm(1000)[:128]]
        loss = nt_xent(network(view(x)), network(view(x)), 0.2)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        h_train, h_test = body(x_train).flatten(1), body(x_test).flatten(1)
    scale = h_train.std(dim=0) + 1e-3
    W = torch.zeros(128, 10, requires_grad=True)
    optimizer = torch.optim.Adam([W], lr=0.05)
    for _ in range(100):
        optimizer.zero_grad()
        F.cross_entropy(h_train / scale @ W, y_train).backward()
        optimizer.step()
    return ((h_test / scale @ W).argmax(1) == y_test).float().mean().item()


table = composition_table(train_and_score, 3)
print(table)
print("best pair:", [augmentations[k].__name__ for k in best_pair(table)])

# %% [markdown]
# ## 6e. What the temperature weighs
#
# Fix one view. The network gives it the vector $u$, and $z = u / |u|$. The other views of the batch are unit vectors
# $z_y$, the rows of `others`, one of them the partner $z_+$. The view's own term in NT-Xent is
#
# $$
# \begin{gathered}
# l = -\log p_+ , \\
# p_y = \frac{\exp(z \cdot z_y / \tau)}{\sum_{y'} \exp(z \cdot z_{y'} / \tau)} .
# \end{gathered}
# $$
#
# - `gradient`: return the gradient of $l$ by $u$, without autograd. Temperatures as small as 0.005 must not overflow.
# - `shares`: in a step against the gradient by $z$, each negative pushes $z$ away. Return the shares of the negatives
#   in the push, which sum to 1, and 0 for the partner.
# - `two_wishes`: $l$ is the sum of three terms: the *alignment* $|z - z_+|^2 / (2 \tau)$, the logarithm of the number
#   of rows of `others`, and the *uniformity*, which treats all distances $|z - z_y|$ alike, and is 0 where all are 0.
#   Return alignment and uniformity.


# %%
def gradient(u, others, partner, temperature):
    """Return the gradient of l by u, [d]; u: [d], others: [n, d], partner: an int, the row of others."""
    # BEGIN SOLUTION
    z = u / u.norm()
    wrong = (others @ z / temperature).softmax(dim=0)
    wrong[partner] -= 1
    d_z = wrong @ others / temperature
    return (d_z - (d_z @ z) * z) / u.norm()
    # END SOLUTION


def shares(u, others, partner, temperature):
    """Return the shares of the push, [n], 0 at the partner; u: [d], others: [n, d], partner: an int."""
    # BEGIN SOLUTION
    scores = others @ F.normalize(u, dim=0) / temperature
    scores[partner] = -torch.inf
    return scores.softmax(dim=0)
    # END SOLUTION


def two_wishes(u, others, partner, temperature):
    """Return (alignment, uniformity), two numbers; u: [d], others: [n, d], partner: an int."""
    # BEGIN SOLUTION
    apart = (u / u.norm() - others).square().sum(dim=1) / (2 * temperature)
    uniformity = (-apart).logsumexp(dim=0) - torch.tensor(len(others)).log()
    return apart[partner], uniformity
    # END SOLUTION


# %% checked 6e
made = torch.Generator().manual_seed(5)
u, others = torch.randn(3, generator=made), F.normalize(torch.randn(6, 3, generator=made), dim=1)
alignment, uniformity = two_wishes(u, others, 2, 0.5)
values = {"u": u, "others": others, "gradient": gradient(u, others, 2, 0.5), "shares": shares(u, others, 2, 0.5)}
{**values, "alignment": alignment, "uniformity": uniformity}

# %% check 6e

# %% [markdown]
# Three negatives, at cosines 0.9, 0.7 and 0 from the view. Who is pushed, at which temperature?

# %% try
cosines = torch.tensor([0.8, 0.9, 0.7, 0.0])  # the first is the partner
others = torch.stack([cosines, (1 - cosines**2).sqrt()], dim=1)
for temperature in (1.0, 0.5, 0.1, 0.05):
    share = shares(torch.tensor([1.0, 0.0]), others, 0, temperature)[1:]
    print(f"temperature {temperature:4}: shares", ", ".join(f"{100 * float(r):.1f}%" for r in share))

# %% [markdown]
# ## Open questions
#
# Answer each in three to five sentences, in this cell. They are graded by hand, two points each.
#
# 1. In colour photographs, cropping alone leaves the network a way to recognise the two views without looking at what
#    is in the picture. Which one, and which augmentation takes it away?
# 2. What does a small temperature do to the gradient from negatives that are very similar to the anchor?

# %% [markdown] rubric
# 1. One point: two crops of a picture share their distribution of colours. One point: changing the colours of each view
#    at random takes it away, so that the pair does much better than either.
# 2. One point: the weights of the negatives are a softmax of similarity over temperature. One point: a small
#    temperature puts most of the weight on the most similar ones, the hard negatives.
