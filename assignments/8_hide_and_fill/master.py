# %% about
# title = "Assignment 8: hide and fill"
# minutes = 150
# chapters = ["words/masked_lm", "predictive/any_part", "vision/inpainting"]

# %% picture
# A block of the Transformer, and what happens in one head of attention.
from lecturelib import figures

figures.transformer_block()

# %% [markdown]
# Hide a part of the data, and predict it from the rest. You will hide words as BERT does, write the attention that
# reads the words on both sides, and fill in gaps. Then you will train one network to predict any pixels from any
# others, and find out what a hole in an image is filled with by the squared error, and by a loss that is learnt.
#
# 8a to 8d need the chapter on masked language models, 8e and 8f that on any part, 8g and 8h that on inpainting. Every
# part stands for itself; 8a to 8d are a good first sitting.
#
# What is random comes as an argument, so that results can be checked. Integers are of the type `torch.int64`, and
# logarithms are natural. Leave what a function is given as it is.

# %%
import torch
from torch.nn import functional as F

# %% [markdown]
# ## 8a. Hide words
#
# A text is a row of integers, the numbers of its words in a vocabulary of $V$ words. Each of its words is *selected*
# with probability 0.15. A selected word is replaced by [MASK] with probability 0.8, by another word with probability
# 0.1, and stays as it is with probability 0.1. Special words, such as the end of a paragraph, are never selected:
# `maskable[w]` is false for them.
#
# The random choices come as arguments of the shape of `x`: `chance` and `kind` are uniform between 0 and 1, `other` has
# words. The word at a position is selected if it is maskable and `chance` is below 0.15. A selected word becomes
# [MASK], whose number is `mask_index`, where `kind` is below 0.8. It becomes the word in `other` where `kind` is at
# least 0.8 and below 0.9. Otherwise it stays.
#
# - `corrupt`: return the corrupted text $\tilde x$ and the targets, which are the original word at **every** selected
#   position, and $-100$ elsewhere.
# - `masked_loss`: with $M$ the positions in all texts of the batch whose target is not $-100$, the loss is
#
# $$
# \begin{gathered}
# -\frac{1}{|M|} \sum_{i \in M} \log p(x_i \mid \tilde x), \\
# p(x_i \mid \tilde x) = \operatorname{softmax}(\text{logits}_i)_{x_i},
# \end{gathered}
# $$
#
# one mean over all texts together, and 0 if there is no such position. The logits have an entry for each of the $V$
# words.


# %%
def corrupt(x, maskable, mask_index, chance, kind, other):
    """Return (corrupted text, targets), both integers [batch, time].

    x, other: integers [batch, time], maskable: booleans [V], mask_index: an int, chance, kind: [batch, time].
    """
    # BEGIN SOLUTION
    selected = maskable[x] & (chance < 0.15)
    replaced = torch.where(kind < 0.8, mask_index, torch.where(kind < 0.9, other, x))
    return torch.where(selected, replaced, x), torch.where(selected, x, -100)
    # END SOLUTION


def masked_loss(logits, targets):
    """Return the loss, a tensor without dimensions; logits: [batch, time, V], targets: integers [batch, time]."""
    # BEGIN SOLUTION
    chosen = targets != -100
    log_p = logits.log_softmax(dim=-1)[chosen]
    right = log_p.gather(1, targets[chosen][:, None])
    return -right.sum() / chosen.sum().clamp(min=1)
    # END SOLUTION


# %% checked 8a
made = torch.Generator().manual_seed(1)
x, maskable = torch.randint(9, (4, 12), generator=made), torch.tensor([False] + 8 * [True])
chance, kind = 0.4 * torch.rand(4, 12, generator=made), 0.6 + 0.4 * torch.rand(4, 12, generator=made)
other = torch.randint(1, 9, (4, 12), generator=made)
corrupted, targets = corrupt(x, maskable, 9, chance, kind, other)
logits = torch.randn(4, 12, 9, generator=made)
inputs = {"x": x, "maskable": maskable, "chance": chance, "kind": kind, "other": other, "logits": logits}
{**inputs, "corrupted": corrupted, "targets": targets, "loss": masked_loss(logits, targets)}

# %% check 8a

# %% [markdown]
# ## 8b. One head of attention
#
# Each word has a query $q_i$, a key $k_i$ and a value $v_i$. Word $i$ takes a weighted mean of all values:
#
# $$
# \begin{gathered}
# s_{ij} = \frac{\langle q_i, k_j \rangle}{\sqrt{d_k}}, \qquad a_{ij} = \frac{\exp s_{ij}}{\sum_l \exp s_{il}}, \\
# \text{result}_i = \sum_j a_{ij}\, v_j,
# \end{gathered}
# $$
#
# with $d_k$ the number of entries of a query. Write it with matrix products; do not use PyTorch's own attention. Scores
# may be as large as 1000, and must not overflow.
#
# The texts of a batch are filled up with padding to the same length, and `not_padding` is false there. No word attends
# to padding: the weight $a_{ij}$ is exactly 0 where $j$ is padding, so that the sums over $j$ and $l$ are over words
# only. (A padding position $i$ has a result, too, which nobody uses.) Each text has at least one word.


# %%
def attention(q, k, v, not_padding):
    """Return (weights [batch, time, time], results [batch, time, d_v]).

    q, k: [batch, time, d_k], v: [batch, time, d_v], not_padding: booleans [batch, time].
    """
    # BEGIN SOLUTION
    scores = q @ k.mT / q.shape[-1] ** 0.5
    scores = scores.masked_fill(~not_padding[:, None, :], -torch.inf)
    a = scores.softmax(dim=-1)
    return a, a @ v
    # END SOLUTION


# %% checked 8b
made = torch.Generator().manual_seed(2)
q, k, v = (torch.randn(2, 5, size, generator=made) for size in (4, 4, 3))
not_padding = torch.arange(5) < torch.tensor([[5], [3]])
weights, results = attention(q, k, v, not_padding)
{"q": q, "k": k, "v": v, "not_padding": not_padding, "weights": weights, "results": results}

# %% check 8b

# %% [markdown]
# ## 8c. Heads and positions
#
# With $H$ heads, the $d$ entries of each query are cut into $H$ pieces of $d / H$, the first for the first head, and so
# are those of the keys and values. Each head computes attention with its pieces, and divides its scores by
# $\sqrt{d / H}$. The results of the heads are put side by side again, in order, to $d$ entries for each word, and a
# last matrix mixes them: $W_o\, \text{result}_i$. Queries, keys and values are $q_i = W_q h_i$, $k_i = W_k h_i$,
# $v_i = W_v h_i$, where $h_i$ is row $i$ of a text's `h`. There is no padding here, and no bias.
#
# Attention does not see the order of the words. So a vector $P_i$ is added to that of the word at position
# $i = 0, 1, 2, \dots$:
#
# $$
# \begin{gathered}
# P_i = \big(\sin i \omega_1, \cos i \omega_1, \sin i \omega_2, \cos i \omega_2, \dots\big), \\
# \omega_c = 10000^{-2 (c - 1) / d}, \qquad c = 1, \dots, d / 2.
# \end{gathered}
# $$
#
# By the addition theorems of sine and cosine, "the position $o$ further on" is one matrix for all positions:
# $P_{i + o} = R_o P_i$. Find $R_o$. It consists of $2 \times 2$ blocks on the diagonal, and is 0 elsewhere.


# %%
def multi_head(h, W_q, W_k, W_v, W_o, num_heads):
    """Return attention with several heads, mixed by W_o: [batch, time, d]; h: [batch, time, d], each matrix: [d, d]."""
    # BEGIN SOLUTION
    size = h.shape[-1] // num_heads
    q, k, v = ((h @ W.T).unflatten(-1, (num_heads, size)).transpose(1, 2) for W in (W_q, W_k, W_v))
    a = (q @ k.mT / size**0.5).softmax(dim=-1)
    side_by_side = (a @ v).transpose(1, 2).flatten(2)
    return side_by_side @ W_o.T
    # END SOLUTION


def sinusoids(length, d):
    """Return P for the positions 0 to length - 1: [length, d]; d is even."""
    # BEGIN SOLUTION
    omega = 10_000 ** (-torch.arange(0, d, 2) / d)
    angle = torch.arange(length)[:, None] * omega
    return torch.stack([angle.sin(), angle.cos()], dim=2).flatten(1)
    # END SOLUTION


def rotation(offset, d):
    """Return R [d, d] for which R @ P[i] is P[i + offset], whatever i is; offset: an int, d is even."""
    # BEGIN SOLUTION
    turn = offset * 10_000 ** (-torch.arange(0, d, 2) / d)
    cos, sin = turn.cos(), turn.sin()
    blocks = torch.stack([cos, sin, -sin, cos], dim=1).view(-1, 2, 2)
    return torch.block_diag(*blocks)
    # END SOLUTION


# %% checked 8c
made = torch.Generator().manual_seed(3)
h = torch.randn(2, 5, 6, generator=made)
W_q, W_k, W_v, W_o = torch.randn(4, 6, 6, generator=made).unbind()
mixed = multi_head(h, W_q, W_k, W_v, W_o, 2)
inputs = {"h": h, "W_q": W_q, "W_k": W_k, "W_v": W_v, "W_o": W_o}
{**inputs, "mixed": mixed, "P": sinusoids(7, 6), "R": rotation(3, 6)}

# %% check 8c

# %% [markdown]
# ## 8d. Fill in, and what the loss is
#
# A network gives logits for every position. Replace each [MASK] of a text, and nothing else:
#
# - `best_words`: by the word with the largest logit;
# - `draw_words`: by a word drawn from $\operatorname{softmax}(\text{logits} / \tau)$ with the temperature $\tau$. To
#   draw from probabilities $p_0, p_1, \dots$ with a number $u$ that is uniform between 0 and 1, take the smallest $w$
#   with $p_0 + \dots + p_w > u$. (If rounding leaves no such $w$, take the last word.)
#
# Then ask what the masked loss is the likelihood of. Hide one word of a text, each in turn, and add up: the
# *pseudo-log-likelihood* of a text $x$ of $T$ words is $\sum_{i=1}^{T} \log p(x_i \mid x_{-i})$, where $x_{-i}$ is all
# but word $i$.
#
# - `pseudo_log_likelihood`: return it for every text, under a true distribution that is given as a table. `log_p` has
#   $T$ dimensions of $V$ entries each, and `log_p[x_1, ..., x_T]` is $\log p(x)$. It may be $-1000$ or less, and its
#   exponential is then rounded to 0; the result must still be right.


# %%
def best_words(logits, x, mask_index):
    """Return x with each [MASK] filled in; logits: [batch, time, V], x: integers [batch, time]."""
    # BEGIN SOLUTION
    best = logits.argmax(dim=-1)
    return torch.where(x == mask_index, best, x)
    # END SOLUTION


def draw_words(logits, x, mask_index, u, temperature):
    """Return x with a word drawn for each [MASK]; u: [batch, time], temperature: a number, the others as above."""
    # BEGIN SOLUTION
    up_to = (logits / temperature).softmax(dim=-1).cumsum(dim=-1)
    drawn = (up_to <= u[..., None]).sum(dim=-1).clamp(max=logits.shape[-1] - 1)
    return torch.where(x == mask_index, drawn, x)
    # END SOLUTION


def pseudo_log_likelihood(log_p):
    """Return the sum over i of log p(x_i | all other words) for every text x: the shape of log_p."""
    # BEGIN SOLUTION
    conditionals = [log_p - log_p.logsumexp(dim=i, keepdim=True) for i in range(log_p.dim())]
    return torch.stack(conditionals).sum(dim=0)
    # END SOLUTION


# %% checked 8d
made = torch.Generator().manual_seed(4)
logits, u = 2 * torch.randn(4, 8, 8, generator=made), torch.rand(4, 8, generator=made)
x = torch.randint(8, (4, 8), generator=made).masked_fill(torch.rand(4, 8, generator=made) < 0.6, 8)
log_p = torch.randn(3, 3, 3, generator=made).flatten().log_softmax(dim=0).view(3, 3, 3)
inputs = {"logits": logits, "u": u, "x": x, "log_p": log_p}
best, drawn = best_words(logits, x, 8), draw_words(logits, x, 8, u, 2.5)
{**inputs, "best": best, "drawn": drawn, "pseudo": pseudo_log_likelihood(log_p)}

# %% check 8d

# %% [markdown]
# Put the pieces of 8a, 8c and 8d together. In a language of echoes, a text is six random syllables and then the same
# six again. One layer of attention is trained for some seconds on your masked loss. Guessing costs $\log 60 = 4.09$
# nats. Which hidden syllables can even the best network not know? The last lines add up the exponential of your
# pseudo-log-likelihood over all texts of three words: is it a probability of texts?

# %% try
from lecturelib.words import Vocabulary

own = Vocabulary.of([[a + b for a in "bdfgklmnprst" for b in "aeiou"]], min_count=1)
d, mask_index = 48, len(own)
torch.manual_seed(0)
E = (0.3 * torch.randn(len(own) + 1, d)).requires_grad_()
# the head begins by attending to the position six further on, by your rotation
W_q, W_k = ((2 * W / d**0.25).requires_grad_() for W in (rotation(6, d), torch.eye(d)))
W_v, W_o = ((torch.randn(d, d) / d**0.5).requires_grad_() for _ in range(2))
P = sinusoids(12, d)


def network(x):
    h = E[x] * d**0.5 / 4 + P
    h = h + multi_head(h, W_q, W_k, W_v, W_o, 1)
    return F.layer_norm(h, (d,)) @ E[:-1].T


def hide(x):
    chance, kind = torch.rand(2, *x.shape)
    maskable = torch.ones(len(own), dtype=torch.bool)
    return corrupt(x, maskable, mask_index, chance, kind, torch.randint_like(x, len(own)))


optimizer = torch.optim.Adam([E, W_q, W_k, W_v, W_o], lr=4e-3)
for step in range(401):
    x = torch.randint(len(own), (64, 6)).repeat(1, 2)
    corrupted, targets = hide(x)
    loss = masked_loss(network(corrupted), targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 100 == 0:
        print(f"step {step}: {loss.item():.2f} nats per selected syllable")

text = own.encode(2 * ["ba", "ti", "ku", "no", "re", "fa"])
text[3] = mask_index
with torch.no_grad():
    print(" ".join(own.decode(best_words(network(text[None]), text[None], mask_index)[0])))

log_p = (2 * torch.randn(64)).log_softmax(dim=0).view(4, 4, 4)
for name, table in {"log p": log_p, "pseudo-log-likelihood": pseudo_log_likelihood(log_p)}.items():
    print(f"exp({name}), summed over all texts: {table.exp().sum().item():.3f}")

# %% [markdown]
# ## 8e. Any part from any other
#
# One network predicts any pixels of a black and white image from any others. The mask $m$ is 1 where a pixel is visible
# and 0 where it is hidden. The network reads the visible pixels, $x \odot m$ pixel by pixel, **and the mask**:
#
# $$
# \begin{gathered}
# h = \operatorname{ReLU}\big(W (x \odot m) + U m + c\big), \\
# \ell_i = \alpha_i^\top h + b_i, \qquad p(x_i = 1 \mid x \odot m) = \sigma(\ell_i).
# \end{gathered}
# $$
#
# With $k$ of the $D$ pixels visible, one example's estimate of $-\log p(x)$ is
#
# $$\frac{D}{D - k} \sum_{i\,:\,m_i = 0} -\log p(x_i \mid x \odot m).$$
#
# If $k$ is drawn uniformly from $0, \dots, D - 1$ and then the $k$ visible pixels at random, its mean is exactly the
# mean of $-\log p(x; o)$ over all $D!$ orders $o$ in which the pixels can be predicted one after another. $k$ differs
# from row to row of a batch, and at least one pixel of each row is hidden. Logits may be as large as 1000 in either
# direction: your answer must stay finite.


# %%
def any_part_logits(x, m, W, U, c, alpha, b):
    """Return the logits of all pixels, visible ones included: [batch, D].

    x, m: zeros and ones [batch, D], W, U: [H, D], c: [H], alpha: [D, H], b: [D].
    """
    # BEGIN SOLUTION
    h = torch.relu((x * m) @ W.T + m @ U.T + c)
    return h @ alpha.T + b
    # END SOLUTION


def any_part_loss(logits, x, m):
    """Return the estimate of -log p(x) in nats for each row: [batch]; logits, x, m: [batch, D]."""
    # BEGIN SOLUTION
    nats = F.binary_cross_entropy_with_logits(logits, x, reduction="none")
    hidden = (1 - m).sum(dim=1)
    return x.shape[1] / hidden * (nats * (1 - m)).sum(dim=1)
    # END SOLUTION


# %% checked 8e
made = torch.Generator().manual_seed(5)
x, m = torch.randint(2, (2, 4, 6), generator=made).float()
m[:, 2] = 0
W, U, alpha = (torch.randn(*shape, generator=made) for shape in ((5, 6), (5, 6), (6, 5)))
c, b = torch.randn(5, generator=made), torch.randn(6, generator=made)
logits = any_part_logits(x, m, W, U, c, alpha, b)
inputs = {"x": x, "m": m, "W": W, "U": U, "c": c, "alpha": alpha, "b": b}
{**inputs, "logits": logits, "loss": any_part_loss(logits, x, m)}

# %% check 8e

# %% [markdown]
# ## 8f. Any order
#
# For this part a smaller network is given, `answers`, which has no hidden layer. Like any network of this kind, it
# gives a density for every order $o = (o_1, \dots, o_D)$ of the pixels, by the chain rule:
#
# $$\log p(x; o) = \sum_{t=1}^{D} \log p(x_{o_t} \mid x_{o_1}, \dots, x_{o_{t-1}}).$$
#
# - `order_log_prob`: return $\log p(x; o)$. The first pixel of the order is predicted with nothing visible, the next
#   with only the first visible, and so on.
# - `complete`: the visible pixels, where `m` is 1, stay. The hidden ones are drawn one after another, in the order in
#   which they occur in `order`, each given the visible pixels and those drawn before it. Pixel $i$ of image $n$ becomes
#   1 if `u[n, i]` is below $p(x_i = 1 \mid \dots)$, and 0 otherwise. What `x` has at hidden pixels must not matter.


# %%
def answers(x, m, A, B, b):
    """Return the logits of all pixels [batch, D], given those where m is 1; x, m: [batch, D], A, B: [D, D], b: [D]."""
    return (x * m) @ A.T + m @ B.T + b


def order_log_prob(x, order, A, B, b):
    """Return log p(x; o) in nats for each row of x [batch, D]; order: integers [D], from 0 to D - 1."""
    # BEGIN SOLUTION
    shown, total = torch.zeros_like(x), torch.zeros(len(x))
    for i in order.tolist():
        logit = answers(x, shown, A, B, b)[:, i]
        total = total - F.binary_cross_entropy_with_logits(logit, x[:, i], reduction="none")
        shown[:, i] = 1
    return total
    # END SOLUTION


def complete(x, m, order, u, A, B, b):
    """Return x [batch, D] with the hidden pixels drawn; m: zeros and ones [D] for all rows, u: [batch, D]."""
    # BEGIN SOLUTION
    x, known = x * m, m.expand_as(x).clone()
    for i in (i for i in order.tolist() if not m[i]):
        chance = answers(x, known, A, B, b)[:, i].sigmoid()
        x[:, i] = (u[:, i] < chance).float()
        known[:, i] = 1
    return x
    # END SOLUTION


# %% checked 8f
made = torch.Generator().manual_seed(6)
x, u = torch.randint(2, (9, 6), generator=made).float(), torch.rand(9, 6, generator=made)
A, B = 4 * torch.randn(2, 6, 6, generator=made)
b, order, m = torch.randn(6, generator=made), torch.randperm(6, generator=made), torch.tensor([0.0, 1, 0, 0, 1, 0])
inputs = {"x": x, "u": u, "A": A, "B": B, "b": b, "order": order, "m": m}
{**inputs, "log_prob": order_log_prob(x, order, A, B, b), "completed": complete(x, m, order, u, A, B, b)}

# %% check 8f

# %% [markdown]
# Train `answers` on digits with your loss of 8e, some seconds, and let your 8f complete the lower halves. The first row
# shows the digits, the second what is visible, the others are completions in a random order. What would the hidden
# layer of 8e add?

# %% try
import matplotlib.pyplot as plt

from lecturelib.datasets import load

digits = (load("mnist-5k").train.x[:, :, ::2, ::2] > 0.5).float().flatten(1)
D = digits.shape[1]
A, B = torch.zeros(2, D, D)
b = torch.logit(digits.mean(dim=0).clamp(0.01, 0.99))
parameters = [p.requires_grad_() for p in (A, B, b)]
optimizer = torch.optim.Adam(parameters, lr=0.01)
torch.manual_seed(0)
for step in range(601):
    x = digits[torch.randint(len(digits), (64,))]
    k = torch.randint(D, (64, 1))
    m = (torch.rand(64, D).argsort(dim=1).argsort(dim=1) < k).float()  # k ones in each row
    loss = any_part_loss(answers(x, m, A, B, b), x, m).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 100 == 0:
        print(f"step {step}: {loss.item():.1f} nats per digit")
x, upper = digits[:10], (torch.arange(D) < D // 2).float()
rows = [x, torch.where(upper > 0, x, 0.5)]
with torch.no_grad():
    rows += [complete(x, upper, torch.randperm(D), torch.rand(10, D), A, B, b) for _ in range(3)]
pictures = torch.stack(rows).view(5, 10, 14, 14)
plt.figure(figsize=(9, 5))
plt.imshow(torch.cat([torch.cat(list(row), dim=1) for row in pictures]), cmap="gray")
plt.axis("off")
plt.show()

# %% [markdown]
# ## 8g. A context encoder
#
# Cut a region out of an image, and paint what is missing. Between its encoder and its decoder, a context encoder has a
# layer through which every position of a map can reach every other one. A full layer would be enormous, so each channel
# $c$ has a matrix of its own, and the channels are not mixed:
#
# $$y_c = W_c x_c + b_c,$$
#
# where $x_c$ lists the channel's values at all $P = \text{height} \cdot \text{width}$ positions, row by row.
#
# The painting is judged where the image was hidden, and nowhere else: `mask` is 1 there, for all channels. The loss is
# the mean of the squared error over all hidden values of the batch; each channel of each hidden pixel is one value.


# %%
def channelwise(x, W, b):
    """Return y, of the shape of x [batch, channels, height, width]; W: [channels, P, P], b: [channels, P]."""
    # BEGIN SOLUTION
    y = torch.einsum("cqp,ncp->ncq", W, x.flatten(2)) + b
    return y.view(x.shape)
    # END SOLUTION


def masked_square(x, painted, mask):
    """Return the mean squared error in the hole, a tensor without dimensions.

    x, painted: [batch, channels, height, width], mask: zeros and ones [batch, 1, height, width].
    """
    # BEGIN SOLUTION
    hole = mask.expand_as(x)
    return (hole * (x - painted) ** 2).sum() / hole.sum()
    # END SOLUTION


# %% checked 8g
made = torch.Generator().manual_seed(7)
x, painted = torch.rand(2, 3, 2, 2, 3, generator=made)
W, b = torch.randn(2, 6, 6, generator=made), torch.randn(2, 6, generator=made)
mask = (torch.rand(3, 1, 2, 3, generator=made) < 0.5).float()
inputs = {"x": x, "painted": painted, "W": W, "b": b, "mask": mask}
{**inputs, "y": channelwise(x, W, b), "loss": masked_square(x, painted, mask)}

# %% check 8g

# %% [markdown]
# ## 8h. What a loss paints
#
# Let $p(s, y)$ be the probability of seeing the context $s$ around a hole that holds $y$: `p[s, k]` is that of context
# $s$ together with completion `y[k]`, a vector of $n$ pixel values. Every context has a positive probability. A painter
# sees $s$ and paints $a(s)$, row $s$ of `a`.
#
# - `best_painting`: return the painting that makes the expected squared error $\mathbb{E} \lVert y - a(s) \rVert^2$
#   smallest. The norm is a sum over the $n$ pixels.
# - `expected_error`: return this error for any painting.
#
# The best painting is a blur, which a second network, the discriminator $D$, can tell from a real piece. It answers
# with the probability that a piece is real.
#
# - `best_discriminator`: of $K$ pieces, real ones have the probabilities $p_k$ and painted ones $q_k$. Return the
#   answers $D_k$ that make $\sum_k \big[ p_k \log D_k + q_k \log(1 - D_k) \big]$ largest. Where neither kind ever
#   occurs, any answer will do; return $\frac12$ there.
#
# In training, $D$ gives a logit for each piece of a batch, and $D = \sigma(\text{logit})$. Logits may be as large as
# 1000 in either direction.
#
# - `discriminator_loss`: return the mean of $-\log D$ over real pieces plus the mean of $-\log(1 - D)$ over painted
#   ones.
# - `joint_loss`: return the loss of the painter, $(1 - \lambda)\, \mathcal{L}_{rec} + \lambda\, \mathcal{L}_{adv}$.
#   Here $\mathcal{L}_{adv}$ is the mean of $-\log D$ over *painted* pieces: the painter wants them to look real.


# %%
def best_painting(p, y):
    """Return the best a(s) for each context: [S, n]; p: [S, K], y: [K, n]."""
    # BEGIN SOLUTION
    given = p / p.sum(dim=1, keepdim=True)
    return given @ y
    # END SOLUTION


def expected_error(p, y, a):
    """Return the expected squared error of a painting a [S, n], a tensor without dimensions; p: [S, K], y: [K, n]."""
    # BEGIN SOLUTION
    apart = (y[None] - a[:, None]).square().sum(dim=2)
    return (p * apart).sum()
    # END SOLUTION


def best_discriminator(p, q):
    """Return the best answer for each piece: [K]; p, q: probabilities [K]."""
    # BEGIN SOLUTION
    return torch.where(p + q > 0, p / (p + q), 0.5)
    # END SOLUTION


def discriminator_loss(real, painted):
    """Return the loss of the discriminator, a tensor without dimensions; real, painted: its logits [batch]."""
    # BEGIN SOLUTION
    return F.softplus(-real).mean() + F.softplus(painted).mean()
    # END SOLUTION


def joint_loss(reconstruction, painted, weight):
    """Return the loss of the painter, a tensor without dimensions.

    reconstruction: L_rec, a tensor without dimensions, painted: the discriminator's logits [batch] of what was painted,
    weight: lambda, a number from 0 to 1.
    """
    # BEGIN SOLUTION
    realism = -F.logsigmoid(painted).mean()
    return (1 - weight) * reconstruction + weight * realism
    # END SOLUTION


# %% checked 8h
made = torch.Generator().manual_seed(8)
p, y = torch.rand(3, 4, generator=made), torch.rand(4, 2, generator=made)
p, a = p / p.sum(), torch.rand(3, 2, generator=made)
p_real, q_painted = torch.tensor([0.5, 0.3, 0.2, 0.0, 0.0]), torch.tensor([0.1, 0.3, 0.0, 0.6, 0.0])
real, painted, reconstruction = torch.randn(7, generator=made), torch.randn(7, generator=made), torch.tensor(0.3)
inputs = {"p": p, "y": y, "a": a, "p_real": p_real, "q_painted": q_painted, "real": real, "painted": painted}
inputs["reconstruction"] = reconstruction
best, D = best_painting(p, y), best_discriminator(p_real, q_painted)
d_loss, joint = discriminator_loss(real, painted), joint_loss(reconstruction, painted, 0.1)
{**inputs, "best": best, "error": expected_error(p, y, a), "D": D, "d_loss": d_loss, "joint": joint}

# %% check 8h

# %% [markdown]
# A hole holds a stroke on the left or one on the right, each half of the time, and nothing around it tells which.
# Compare the expected errors of the best painting, of a painter that always paints the left stroke, and of one that
# draws either stroke at random. Which of them does the best discriminator catch, and how often?

# %% try
left, right = torch.tensor([1.0, 1, 0, 0, 0, 0]), torch.tensor([0.0, 0, 0, 0, 1, 1])
y, p = torch.stack([left, right]), torch.tensor([[0.5, 0.5]])
blur = best_painting(p, y)
print("the best painting:", blur[0].tolist())
drawn = (expected_error(p, y, left[None]) + expected_error(p, y, right[None])) / 2
errors = {"best": expected_error(p, y, blur), "left": expected_error(p, y, left[None]), "drawn": drawn}
pieces = {"best": [0.0, 0, 1], "left": [1.0, 0, 0], "drawn": [0.5, 0.5, 0]}  # left stroke, right stroke, blur
for name, q in pieces.items():
    found = best_discriminator(torch.tensor([0.5, 0.5, 0]), torch.tensor(q))
    print(f"{name:6} expected error {errors[name].item():.2f}, D for left, right, blur: {found.tolist()}")
fooled = torch.zeros(8)
print("loss of a discriminator that can tell nothing:", discriminator_loss(fooled, fooled).item(), "= log 4")

# %% [markdown]
# ## Open questions
#
# Answer each in three to five sentences, in this cell. They are graded by hand, two points each.
#
# 1. A sentence has two neighbouring [MASK]s, and `best_words` fills in both from one pass through the network. Give an
#    example in which each of the two words is a good guess, and the result is not. How would you fill them in instead,
#    and what does it cost?
# 2. A context encoder that was trained with the squared error paints grey smears. Will a larger network that is trained
#    for longer paint sharper pictures? What does the joint loss change, and what happens to the squared error if the
#    painter draws from all completions?

# %% [markdown] rubric
# 1. One point: each word is predicted given the visible words only, not given the other, as with *New York* and *Los
#    Angeles*, which give *New Angeles*; any such example. One point: one after another, each given those filled in
#    before, as in 8f; one pass for each hidden word instead of one for all (that the order then matters may be said,
#    too).
# 2. One point: no, the minimum of the squared error is the conditional mean, whatever the network; a better network
#    comes closer to it. One point: the discriminator recognises the mean as painted, so that the painter has to commit
#    itself to something that looks real; a painter that draws has twice the squared error of the mean.
