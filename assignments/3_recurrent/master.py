# %% about
# title = "Assignment 3: recurrent networks"
# minutes = 110
# chapters = ["sequences/rnn", "sequences/lstm", "sequences/characters"]

# %% picture
# A recurrent network, unfolded: the same weights at every time, an output at each, and one state that goes on.
from lecturelib import figures

figures.unfolded_network(4)

# %% [markdown]
# A recurrent network reads a sequence of any length with the same weights at every step. You will write the LSTM's
# step, run a plain RNN and send gradients back through time by hand, clip them, and draw characters at a temperature.

# %%
import torch

# %% [markdown]
# ## 3a. One step of an LSTM
#
# $$
# \begin{aligned}
# g &= \tanh(W^{gx} x + W^{gh} h + b_g), & i &= \sigma(W^{ix} x + W^{ih} h + b_i), \\
# f &= \sigma(W^{fx} x + W^{fh} h + b_f), & o &= \sigma(W^{ox} x + W^{oh} h + b_o), \\
# s' &= g \odot i + s \odot f, & h' &= \tanh(s') \odot o.
# \end{aligned}
# $$
#
# The weights of $g, i, f, o$ lie on top of each other in this order, $H$ rows each.


# %%
def lstm_step(x, h, s, W_x, W_h, b):
    """Return the new (h, s), each [batch, H]; x: [batch, D], W_x: [4H, D], W_h: [4H, H], b: [4H]."""
    # BEGIN SOLUTION
    g, i, f, o = (x @ W_x.T + h @ W_h.T + b).chunk(4, dim=1)
    s_new = torch.tanh(g) * torch.sigmoid(i) + s * torch.sigmoid(f)
    h_new = torch.tanh(s_new) * torch.sigmoid(o)
    return h_new, s_new
    # END SOLUTION


# %% checked 3a
made = torch.Generator().manual_seed(1)
x, h, s = (torch.randn(2, n, generator=made) for n in (4, 3, 3))
W_x, W_h, b = (torch.randn(*shape, generator=made) for shape in ((12, 4), (12, 3), (12,)))
h_new, s_new = lstm_step(x, h, s, W_x, W_h, b)
{"x": x, "h": h, "s": s, "W_x": W_x, "W_h": W_h, "b": b, "h_new": h_new, "s_new": s_new}

# %% check 3a

# %% [markdown]
# ## 3b. A plain RNN, forward
#
# $h_t = \tanh(W_{hh} h_{t-1} + W_{xh} x_t)$ with $h_0 = 0$. Return $h_1, \dots, h_T$.


# %%
def rnn_forward(x, W_xh, W_hh):
    """Return the hidden states [batch, T, H]; x: [batch, T, D], W_xh: [H, D], W_hh: [H, H]."""
    # BEGIN SOLUTION
    state, states = x.new_zeros(len(x), len(W_hh)), []
    for x_t in x.unbind(dim=1):
        state = torch.tanh(state @ W_hh.T + x_t @ W_xh.T)
        states.append(state)
    return torch.stack(states, dim=1)
    # END SOLUTION


# %% checked 3b
made = torch.Generator().manual_seed(2)
x, W_xh, W_hh = (torch.randn(*shape, generator=made) for shape in ((2, 5, 3), (4, 3), (4, 4)))
{"x": x, "W_xh": W_xh, "W_hh": W_hh, "h": rnn_forward(x, W_xh, W_hh)}

# %% check 3b

# %% [markdown]
# ## 3c. Back through time, by hand
#
# With outputs $o_t = W_{hy} h_t$ and targets $y_t$, the loss of a batch is
#
# $$L = \frac{1}{B} \sum_{b=1}^{B} \sum_{t=1}^{T} \tfrac{1}{2} \lVert o_t^{(b)} - y_t^{(b)} \rVert^2.$$
#
# Return $\partial L/\partial W_{xh}$, $\partial L/\partial W_{hh}$ and $\partial L/\partial W_{hy}$ without autograd.
# The hidden states of 3b come as an argument.


# %%
def rnn_backward(x, y, h, W_xh, W_hh, W_hy):
    """Return the gradients (d_W_xh, d_W_hh, d_W_hy); y: [batch, T, K], h: [batch, T, H], W_hy: [K, H]."""
    # BEGIN SOLUTION
    error = (h @ W_hy.T - y) / len(x)
    d_W_hy = torch.einsum("btk,bth->kh", error, h)
    d_W_xh, d_W_hh = torch.zeros_like(W_xh), torch.zeros_like(W_hh)
    later = torch.zeros_like(h[:, 0])
    for t in reversed(range(x.shape[1])):
        d_a = (error[:, t] @ W_hy + later) * (1 - h[:, t] ** 2)
        d_W_xh += d_a.T @ x[:, t]
        if t > 0:
            d_W_hh += d_a.T @ h[:, t - 1]
        later = d_a @ W_hh
    return d_W_xh, d_W_hh, d_W_hy
    # END SOLUTION


# %% checked 3c
made = torch.Generator().manual_seed(3)
shapes = ((3, 4, 2), (3, 4, 2), (5, 2), (5, 5), (2, 5))
x, y, W_xh, W_hh, W_hy = (0.7 * torch.randn(*shape, generator=made) for shape in shapes)
h = rnn_forward(x, W_xh, W_hh)
d_W_xh, d_W_hh, d_W_hy = rnn_backward(x, y, h, W_xh, W_hh, W_hy)
inputs = {"x": x, "y": y, "h": h, "W_xh": W_xh, "W_hh": W_hh, "W_hy": W_hy}
{**inputs, "d_W_xh": d_W_xh, "d_W_hh": d_W_hh, "d_W_hy": d_W_hy}

# %% check 3c

# %% [markdown]
# ## 3d. Clip
#
# Let $n$ be the norm of all gradients together, as one long vector. Where $n$ is above the limit, scale all of them by
# the same factor so that the norm becomes the limit; otherwise leave them alone. Return the list and $n$, a float.


# %%
def clip_gradients(gradients, limit):
    """Return (list of clipped gradients, norm before clipping as a float)."""
    # BEGIN SOLUTION
    norm = sum(float(g.square().sum()) for g in gradients) ** 0.5
    factor = limit / norm if norm > limit else 1.0
    return [factor * g for g in gradients], norm
    # END SOLUTION


# %% checked 3d
made = torch.Generator().manual_seed(4)
first, second = torch.randn(3, 2, generator=made), torch.randn(4, generator=made)
clipped, norm = clip_gradients([first, second], 1.5)
{"first": first, "second": second, "first_clipped": clipped[0], "second_clipped": clipped[1], "n": torch.tensor(norm)}

# %% check 3d

# %% [markdown]
# ## 3e. Temperature
#
# At temperature $\tau$ the probabilities are $\operatorname{softmax}(\ell / \tau)$. At $\tau = 0$ all probability is on
# the largest logit; of equal largest ones, on the first. Then draw: the index is the first $k$ at which the running sum
# of probabilities exceeds $u$.


# %%
def at_temperature(logits, temperature):
    """Return probabilities [batch, V]; temperature: a number from 0 on."""
    # BEGIN SOLUTION
    if temperature == 0:
        top = logits.argmax(dim=1)
        return torch.nn.functional.one_hot(top, logits.shape[1]).to(logits.dtype)
    return torch.softmax(logits / temperature, dim=1)
    # END SOLUTION


def draw(p, u):
    """Return the indices [batch], integers, that the uniforms u [batch] draw from p [batch, V]."""
    # BEGIN SOLUTION
    passed = p.cumsum(dim=1) <= u[:, None]
    return passed.sum(dim=1).clamp(max=p.shape[1] - 1)
    # END SOLUTION


# %% checked 3e
made = torch.Generator().manual_seed(5)
logits, u = torch.randn(4, 5, generator=made), torch.rand(4, generator=made)
p = at_temperature(logits, 0.5)
{"logits": logits, "u": u, "p": p, "greedy": at_temperature(logits, 0), "drawn": draw(p, u)}

# %% check 3e

# %% [markdown]
# Train a small LSTM on Shakespeare with your step, clipping and sampler. A minute gives the first
# words.

# %% try
from lecturelib.datasets import load

text = load("shakespeare").train.x[:400_000]
V, H, rate = int(text.max()) + 1, 64, 1e-2
torch.manual_seed(0)
weights = [torch.randn(4 * H, V) * 0.1, torch.randn(4 * H, H) * 0.1, torch.zeros(4 * H), torch.randn(V, H) * 0.1]
weights = [w.requires_grad_() for w in weights]
optimizer = torch.optim.Adam(weights, lr=rate)
for step in range(101):
    start = torch.randint(len(text) - 41, (32,))
    batch = torch.stack([text[s : s + 41] for s in start])
    h, s, loss = torch.zeros(32, H), torch.zeros(32, H), 0
    for t in range(40):
        x = torch.nn.functional.one_hot(batch[:, t], V).float()
        h, s = lstm_step(x, h, s, *weights[:3])
        loss = loss + torch.nn.functional.cross_entropy(h @ weights[3].T, batch[:, t + 1]) / 40
    optimizer.zero_grad()
    loss.backward()
    clipped, norm = clip_gradients([w.grad for w in weights], 1.0)
    for w, gradient in zip(weights, clipped):
        w.grad = gradient
    optimizer.step()
    if step % 50 == 0:
        print(f"step {step}: {loss.item() / 0.6931:.2f} bits per character, norm {norm:.2f}")
h, s, x, drawn = torch.zeros(1, H), torch.zeros(1, H), text[:1], []
with torch.no_grad():
    for _ in range(200):
        h, s = lstm_step(torch.nn.functional.one_hot(x, V).float(), h, s, *weights[:3])
        x = draw(at_temperature(h @ weights[3].T, 0.7), torch.rand(1))
        drawn.append(x.item())
print("".join(load("shakespeare").vocabulary[k] for k in drawn))

# %% [markdown]
# ## Open questions
#
# Answer each in three to five sentences, in this cell. They are graded by hand, two points each.
#
# 1. In 3c, which factor is multiplied once for every step back, and what does that mean for gradients over 100 steps?
# 2. Clipping keeps the direction of the gradient. What would change if each entry was cut off at a limit of its own?

# %% [markdown] rubric
# 1. One point: the product of W_hh's transpose and 1 - h². One point: it shrinks or grows like a power, so that the
#    gradient vanishes or explodes.
# 2. One point: the direction would change, towards the diagonal. One point: entries that are always large count for
#    less against the others, so that a step need no longer be a descent direction of the same kind.
