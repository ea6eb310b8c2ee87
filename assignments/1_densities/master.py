# %% about
# title = "Assignment 1: densities over pixels"
# minutes = 90
# chapters = ["sequences/fvsbn", "sequences/nade"]

# %% picture
# The order in which a picture is taken apart: each pixel is predicted from all those before it.
from lecturelib import figures

figures.raster_order(5, 5, 13)

# %% [markdown]
# A picture of $D$ black and white pixels is a vector $x$ of zeros and ones. Both models of this assignment write its
# probability as a product over the pixels in raster order,
#
# $$p(x) = \prod_{i=1}^{D} p(x_i \mid x_{<i}).$$
#
# They differ in the conditionals. You will compute their log-likelihoods, draw from them, and climb the gradient of one
# by hand. Only PyTorch is needed. Every function takes all that it needs as arguments.

# %%
import torch
from torch.nn import functional as F

# %% [markdown]
# ## 1a. The logits of the FVSBN
#
# In the fully visible sigmoid belief network each conditional is a logistic regression on the earlier pixels:
#
# $$p(x_i = 1 \mid x_{<i}) = \sigma(\ell_i), \qquad \ell_i = \sum_{j<i} \theta_{ij} x_j + b_i.$$
#
# The matrix `theta` comes full, but only its entries below the diagonal may count.


# %%
def fvsbn_logits(x, theta, b):
    """Return the logits [batch, D] of x [batch, D], with theta [D, D] and b [D]."""
    # BEGIN SOLUTION
    below = theta.tril(diagonal=-1)
    return x @ below.T + b
    # END SOLUTION


# %% checked 1a
made = torch.Generator().manual_seed(1)
x = torch.randint(2, (3, 6), generator=made).float()
theta, b = torch.randn(6, 6, generator=made), torch.randn(6, generator=made)
{"x": x, "theta": theta, "b": b, "logits": fvsbn_logits(x, theta, b)}

# %% check 1a

# %% [markdown]
# ## 1b. Log-likelihood from logits
#
# For any model with such conditionals,
#
# $$\log p(x) = \sum_i x_i \log \sigma(\ell_i) + (1 - x_i) \log(1 - \sigma(\ell_i))$$
#
# in nats. A logit may be as large as 1000: your answer must stay finite. The second function turns nats of a
# whole batch into its mean number of bits per pixel, $-\log_2 p(x) / D$, a Python float.


# %%
def log_likelihood(x, logits):
    """Return log p(x) in nats, one number for each row of x: [batch]."""
    # BEGIN SOLUTION
    signed = (2 * x - 1) * logits
    return F.logsigmoid(signed).sum(dim=1)
    # END SOLUTION


def bits_per_pixel(nats, pixels):
    """Return the mean number of bits per pixel as a float; nats: [batch] of log-likelihoods."""
    # BEGIN SOLUTION
    in_bits = nats / torch.log(torch.tensor(2.0))
    return float(-in_bits.mean() / pixels)
    # END SOLUTION


# %% checked 1b
made = torch.Generator().manual_seed(2)
x = torch.randint(2, (4, 7), generator=made).float()
logits = torch.randn(4, 7, generator=made)
nats = log_likelihood(x, logits)
{"x": x, "logits": logits, "nats": nats, "bits": torch.tensor(bits_per_pixel(nats, 7))}

# %% check 1b

# %% [markdown]
# ## 1c. Draw from the FVSBN
#
# Ancestral sampling goes through the pixels in order. To make your draws comparable, the random numbers come as an
# argument: `u` [n, D] holds a uniform number for each pixel, and $x_i = 1$ where $u_i < p(x_i = 1 \mid x_{<i})$.


# %%
def fvsbn_sample(theta, b, u):
    """Return n draws [n, D] of zeros and ones, decided by the uniforms u [n, D]."""
    # BEGIN SOLUTION
    drawn = torch.zeros_like(u)
    for i in range(u.shape[1]):
        logit = drawn[:, :i] @ theta[i, :i] + b[i]
        drawn[:, i] = (u[:, i] < torch.sigmoid(logit)).to(u.dtype)
    return drawn
    # END SOLUTION


# %% checked 1c
made = torch.Generator().manual_seed(3)
theta, b, u = torch.randn(8, 8, generator=made), torch.randn(8, generator=made), torch.rand(5, 8, generator=made)
{"theta": theta, "b": b, "u": u, "drawn": fvsbn_sample(theta, b, u)}

# %% check 1c

# %% [markdown]
# ## 1d. The gradient by hand
#
# Let $L$ be the mean of $\log p(x)$ over the batch. Write down $\partial L / \partial \theta$ and
# $\partial L / \partial b$ for the FVSBN, and compute them without autograd. Entries of the gradient that no
# conditional uses are zero.


# %%
def fvsbn_gradient(x, theta, b):
    """Return the gradients (d_theta [D, D], d_b [D]) of the mean log-likelihood of x [batch, D]."""
    # BEGIN SOLUTION
    residual = x - torch.sigmoid(x @ theta.tril(-1).T + b)
    d_theta = (residual.T @ x / len(x)).tril(-1)
    return d_theta, residual.mean(dim=0)
    # END SOLUTION


# %% checked 1d
made = torch.Generator().manual_seed(4)
x = torch.randint(2, (9, 5), generator=made).float()
theta, b = torch.randn(5, 5, generator=made), torch.randn(5, generator=made)
d_theta, d_b = fvsbn_gradient(x, theta, b)
{"x": x, "theta": theta, "b": b, "d_theta": d_theta, "d_b": d_b}

# %% check 1d

# %% [markdown]
# Climb it on real digits. Two hundred steps take seconds, and should halve the bits per pixel, or nearly so.

# %% try
from lecturelib.datasets import load

digits = (load("mnist-5k").train.x[:2000, ..., ::2, ::2].reshape(2000, -1) > 0.5).float()
theta, b = torch.zeros(196, 196), torch.zeros(196)
for step in range(201):
    d_theta, d_b = fvsbn_gradient(digits, theta, b)
    theta, b = theta + 2 * d_theta, b + 2 * d_b
    if step % 50 == 0:
        bits = bits_per_pixel(log_likelihood(digits, fvsbn_logits(digits, theta, b)), 196)
        print(f"step {step}: {bits:.3f} bits per pixel")

# %% [markdown]
# ## 1e. NADE with shared weights
#
# NADE gives each conditional a hidden layer, and all of them share $W$ and $c$:
#
# $$h_i = \sigma(W_{\cdot,<i}\, x_{<i} + c), \qquad \ell_i = \alpha_i^\top h_i + b_i.$$
#
# From one pixel to the next, $W_{\cdot,<i}\, x_{<i}$ gains one column at most. Carry it along: the whole costs
# $O(DH)$ for each picture, not $O(D^2H)$.


# %%
def nade_logits(x, W, c, alpha, b):
    """Return the logits [batch, D] of x [batch, D]; W: [H, D], c: [H], alpha: [D, H], b: [D]."""
    # BEGIN SOLUTION
    a = c.repeat(len(x), 1)
    columns = []
    for i in range(x.shape[1]):
        h = torch.sigmoid(a)
        columns.append(h @ alpha[i] + b[i])
        a = a + x[:, i, None] * W[:, i]
    return torch.stack(columns, dim=1)
    # END SOLUTION


# %% checked 1e
made = torch.Generator().manual_seed(5)
x = torch.randint(2, (3, 6), generator=made).float()
W, c = torch.randn(4, 6, generator=made), torch.randn(4, generator=made)
alpha, b = torch.randn(6, 4, generator=made), torch.randn(6, generator=made)
{"x": x, "W": W, "c": c, "alpha": alpha, "b": b, "logits": nade_logits(x, W, c, alpha, b)}

# %% check 1e

# %% [markdown]
# ## 1f. Draw from NADE
#
# As in 1c, with the uniforms `u`, and with the running sum of 1e.


# %%
def nade_sample(W, c, alpha, b, u):
    """Return n draws [n, D] of zeros and ones, decided by the uniforms u [n, D]."""
    # BEGIN SOLUTION
    drawn, a = torch.zeros_like(u), c.repeat(len(u), 1)
    for i in range(u.shape[1]):
        p = torch.sigmoid(torch.sigmoid(a) @ alpha[i] + b[i])
        drawn[:, i] = (u[:, i] < p).to(u.dtype)
        a = a + drawn[:, i, None] * W[:, i]
    return drawn
    # END SOLUTION


# %% checked 1f
made = torch.Generator().manual_seed(6)
W, c = 2 * torch.randn(4, 8, generator=made), torch.randn(4, generator=made)
alpha, b = 2 * torch.randn(8, 4, generator=made), torch.randn(8, generator=made)
u = torch.rand(5, 8, generator=made)
{"W": W, "c": c, "alpha": alpha, "b": b, "u": u, "drawn": nade_sample(W, c, alpha, b, u)}

# %% check 1f

# %% [markdown]
# ## Open questions
#
# Answer each in three to five sentences, in this cell. They are graded by hand, two points each.
#
# 1. Both models fix an order of the pixels. Which of your functions would give other values if the pixels of all
#    pictures were permuted in the same way, and could a model trained on permuted pictures reach the same likelihood?
# 2. Evaluating $\log p(x)$ needs no loop over pixels for the FVSBN. Why does drawing from it need one?

# %% [markdown] rubric
# 1. One point: the logits and the draws depend on the order, since each conditional sees other pixels; only the
#    product is over all of them. One point: the family of distributions changes with the order, so that the best
#    likelihood may differ; for an unrestricted conditional it would not.
# 2. One point: in evaluation all of $x$ is known, so that every conditional is computed at once from the data. One
#    point: in sampling $x_i$ must be there before $p(x_{i+1} \mid x_{\le i})$ is.
