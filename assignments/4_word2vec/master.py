# %% about
# title = "Assignment 4: skip-gram with negative sampling"
# minutes = 120
# chapters = ["words/word2vec", "words/evaluation"]

# %% picture
# CBOW predicts a word from its window. Skip-gram predicts the words of the window from the one in the middle.
from lecturelib import figures

figures.cbow_and_skip_gram(["the", "quick", "fox", "jumps", "over"])

# %% [markdown]
# Skip-gram learns a vector for each word by predicting the words around it. With negative sampling, it only has to tell
# a word that is there from a few drawn at random. You will make the pairs, write loss and gradient by hand, take a
# step, answer analogies with the vectors, and find the matrix that they imitate.

# %%
import torch
from torch.nn import functional as F

# %% [markdown]
# ## 4a. Pairs of centre and context
#
# A text is a tensor of word numbers. Every word is a centre once; its contexts are the words at most `window` places
# away, itself left out. Go through the centres from left to right, and through the contexts of each from left to right.


# %%
def skip_gram_pairs(words, window):
    """Return (centres, contexts), integers of the same length; words: integers [n]."""
    # BEGIN SOLUTION
    centres, contexts = [], []
    for t in range(len(words)):
        for i in range(max(0, t - window), min(len(words), t + window + 1)):
            if i != t:
                centres.append(words[t])
                contexts.append(words[i])
    return torch.stack(centres), torch.stack(contexts)
    # END SOLUTION


# %% checked 4a
words = torch.tensor([3, 1, 4, 1, 5])
centres, contexts = skip_gram_pairs(words, 2)
{"words": words, "centres": centres, "contexts": contexts}

# %% check 4a

# %% [markdown]
# ## 4b. Noise
#
# Noise words are drawn with probability $q(z) \propto \operatorname{count}(z)^{3/4}$.


# %%
def noise_distribution(counts):
    """Return q, floats [V] that add up to 1; counts: integers [V]."""
    # BEGIN SOLUTION
    weight = counts.float() ** 0.75
    return weight / weight.sum()
    # END SOLUTION


# %% checked 4b
counts = torch.tensor([100, 10, 1, 0, 1000])
{"counts": counts, "q": noise_distribution(counts)}

# %% check 4b

# %% [markdown]
# ## 4c. The loss
#
# For a centre with input vector $w$, a context with output vector $v$ and $k$ noise words with output vectors $v_1,
# \dots, v_k$, the loss is
#
# $$-\log \sigma(v \cdot w) - \sum_{j=1}^{k} \log \sigma(-v_j \cdot w).$$
#
# Return its mean over the batch, a tensor without dimensions. It must stay finite for products as large as 1000.


# %%
def negative_sampling_loss(w, v, noise):
    """Return the mean loss; w, v: [batch, d], noise: [batch, k, d]."""
    # BEGIN SOLUTION
    right = (v * w).sum(dim=1)
    wrong = (noise @ w[:, :, None]).squeeze(2)
    log_sigmoid = torch.nn.functional.logsigmoid
    return -(log_sigmoid(right) + log_sigmoid(-wrong).sum(dim=1)).mean()
    # END SOLUTION


# %% checked 4c
made = torch.Generator().manual_seed(3)
w, v, noise = (torch.randn(*shape, generator=made) for shape in ((4, 6), (4, 6), (4, 3, 6)))
{"w": w, "v": v, "noise": noise, "loss": negative_sampling_loss(w, v, noise)}

# %% check 4c

# %% [markdown]
# ## 4d. Its gradient
#
# Derive the gradient of the mean loss by $w$, by $v$ and by the noise vectors, and compute it without autograd.


# %%
def negative_sampling_gradient(w, v, noise):
    """Return (d_w [batch, d], d_v [batch, d], d_noise [batch, k, d])."""
    # BEGIN SOLUTION
    miss = torch.sigmoid(-(v * w).sum(dim=1))[:, None] / len(w)
    alarm = torch.sigmoid(torch.einsum("bkd,bd->bk", noise, w))[:, :, None] / len(w)
    d_w = -miss * v + (alarm * noise).sum(dim=1)
    d_v = -miss * w
    d_noise = alarm * w[:, None]
    return d_w, d_v, d_noise
    # END SOLUTION


# %% checked 4d
made = torch.Generator().manual_seed(4)
w, v, noise = (torch.randn(*shape, generator=made) for shape in ((4, 6), (4, 6), (4, 3, 6)))
d_w, d_v, d_noise = negative_sampling_gradient(w, v, noise)
{"w": w, "v": v, "noise": noise, "d_w": d_w, "d_v": d_v, "d_noise": d_noise}

# %% check 4d

# %% [markdown]
# ## 4e. A step
#
# The vectors stand in tables: `W` [V, d] for centres, `V` [V, d] for contexts and noise. Given the gradients of a
# batch, go down along them. A word may be in the batch many times, and all of its gradients count. Do not change the
# tables that were given.


# %%
def step(W, V, centres, contexts, negatives, gradients, rate):
    """Return the new (W, V); centres, contexts: [batch], negatives: [batch, k], gradients: as 4d returns them."""
    # BEGIN SOLUTION
    d_w, d_v, d_noise = gradients
    W_new = W.index_add(0, centres, d_w, alpha=-rate)
    V_new = V.index_add(0, contexts, d_v, alpha=-rate)
    V_new = V_new.index_add(0, negatives.flatten(), d_noise.flatten(0, 1), alpha=-rate)
    return W_new, V_new
    # END SOLUTION


# %% checked 4e
made = torch.Generator().manual_seed(5)
W, V = torch.randn(5, 3, generator=made), torch.randn(5, 3, generator=made)
centres, contexts = torch.tensor([1, 1, 4]), torch.tensor([0, 2, 2])
negatives = torch.tensor([[3, 3], [2, 0], [1, 1]])
gradients = [torch.randn(*shape, generator=made) for shape in ((3, 3), (3, 3), (3, 2, 3))]
W_new, V_new = step(W, V, centres, contexts, negatives, gradients, 0.1)
inputs = {"W": W, "V": V, "centres": centres, "contexts": contexts, "negatives": negatives}
{**inputs, **dict(zip(("d_w", "d_v", "d_noise"), gradients)), "W_new": W_new, "V_new": V_new}

# %% check 4e

# %% [markdown]
# ## 4f. Analogies
#
# "$a$ is to $b$ as $c$ is to ...": with all vectors scaled to length 1, the answer is the word whose vector has the
# largest cosine with $b - a + c$. The three words of the question may not be the answer.


# %%
def analogy(vectors, a, b, c):
    """Return the number of the answer, an int; vectors: [V, d], a, b, c: ints."""
    # BEGIN SOLUTION
    unit = vectors / vectors.norm(dim=1, keepdim=True)
    score = unit @ (unit[b] - unit[a] + unit[c])
    score[[a, b, c]] = -torch.inf
    return int(score.argmax())
    # END SOLUTION


# %% checked 4f
made = torch.Generator().manual_seed(6)
vectors = torch.randn(12, 5, generator=made)
answers = [analogy(vectors, a, (a + 1) % 12, (a + 5) % 12) for a in range(12)]
{"vectors": vectors, "answers": torch.tensor(answers)}

# %% check 4f

# %% [markdown]
# ## 4g. The matrix behind it
#
# Negative sampling multiplies two tables of vectors. Which matrix $S$, with a row for each context $x$ and a column for
# each centre $y$, do the products $S_{xy} = \langle v_x, w_y \rangle$ imitate? `pairs[x, y]` says how often the context
# $x$ was met beside the centre $y$; $p(x, y)$ is that number as a fraction of all pairs, and $p(y)$ is its sum over the
# contexts. With $k$ noise words drawn from $q$ for each pair, the mean of what negative sampling *maximises* is
#
# $$
# \begin{gathered}
# \sum_{x, y} p(x, y) \log \sigma(S_{xy}) \\
# {} + k \sum_{x, y} p(y)\, q(x) \log \sigma(-S_{xy}) .
# \end{gathered}
# $$
#
# - `objective`: return this number for a given $S$, whose values are finite, but as large as 1000 in either direction.
# - `best_products`: with as many dimensions as words, every $S_{xy}$ can be chosen freely. Return the best $S$. It is
#   $-\infty$ for pairs that never occur. Every word is a centre at least once, and every $q(x)$ is above 0.
# - `of_rank`: with $d$ dimensions, $S$ has a rank of $d$ at most. Return a $V$ and a $W$ for which the sum of the
#   squared entries of $S - V W^\top$ is smallest, for a given $S$ whose values are finite. (Negative sampling itself
#   weighs the errors by how often a pair occurs, as the objective shows.)


# %%
def objective(S, pairs, q, k):
    """Return what is maximised, a number; S: [V, V], pairs: integers [V, V], q: floats [V], k: an int."""
    # BEGIN SOLUTION
    p = pairs / pairs.sum()
    by_chance = k * q[:, None] * p.sum(dim=0)
    return (p * F.logsigmoid(S) + by_chance * F.logsigmoid(-S)).sum()
    # END SOLUTION


def best_products(pairs, q, k):
    """Return S, floats [V, V]; pairs: integers [V, V], q: floats [V], k: an int."""
    # BEGIN SOLUTION
    met = pairs / pairs.sum(dim=0)
    return (met / (k * q[:, None])).log()
    # END SOLUTION


def of_rank(S, d):
    """Return (V, W), both [words, d]; S: floats [words, words], d: an int, not above the number of words."""
    # BEGIN SOLUTION
    left, sizes, right = torch.linalg.svd(S)
    return left[:, :d] * sizes[:d], right[:d].T
    # END SOLUTION


# %% checked 4g
made = torch.Generator().manual_seed(7)
pairs = torch.tensor([[0, 6, 1, 2], [6, 2, 0, 1], [1, 0, 4, 3], [2, 1, 3, 0]])
q, S = noise_distribution(pairs.sum(dim=0)), torch.randn(4, 4, generator=made)
V, W = of_rank(S, 2)
values = {"pairs": pairs, "q": q, "S": S, "objective": objective(S, pairs, q, 5)}
{**values, "best": best_products(pairs, q, 5), "nearest": V @ W.T}

# %% check 4g

# %% [markdown]
# Train on Shakespeare's words. Look at the neighbours: which of them share a meaning,
# and which only a place in the sentence?

# %% try
import re

from lecturelib.datasets import load

play = load("shakespeare")
letters = "".join(play.vocabulary[k] for k in play.train.x[:1_500_000].tolist()).lower()
spoken = re.findall(r"[a-z']+", letters)
count = {}
for word in spoken:
    count[word] = count.get(word, 0) + 1
vocabulary = sorted((word for word in count if count[word] >= 20), key=lambda word: -count[word])
number = {word: k for k, word in enumerate(vocabulary)}
text = torch.tensor([number[word] for word in spoken if word in number])
q = noise_distribution(torch.tensor([count[word] for word in vocabulary]))
torch.manual_seed(0)
W, V = torch.randn(len(vocabulary), 32) / 32, torch.zeros(len(vocabulary), 32)
for batch in range(2001):
    where = torch.randint(len(text) - 150, ()).item()
    centres, contexts = skip_gram_pairs(text[where : where + 150], 3)
    negatives = torch.multinomial(q, 5 * len(centres), replacement=True).view(-1, 5)
    gradients = negative_sampling_gradient(W[centres], V[contexts], V[negatives])
    if batch % 500 == 0:
        print(f"batch {batch}: loss {negative_sampling_loss(W[centres], V[contexts], V[negatives]).item():.3f}")
    W, V = step(W, V, centres, contexts, negatives, gradients, 40.0)
unit = W / W.norm(dim=1, keepdim=True)
for word in ("king", "love", "thou"):
    print(word, "->", ", ".join(vocabulary[k] for k in (unit @ unit[number[word]]).topk(6).indices[1:].tolist()))

# %% [markdown]
# ## Open questions
#
# Answer each in three to five sentences, in this cell. They are graded by hand, two points each.
#
# 1. What would the vectors look like if there was no noise at all, $k = 0$?
# 2. In 4f the words of the question are not allowed as answers. Which word is the usual answer without this rule, and
#    what does that say about the claim that $b - a + c$ lands on the fourth word?

# %% [markdown] rubric
# 1. One point: the loss falls when all products grow. One point: all vectors can point the same way and grow without
#    bound, and say nothing about words.
# 2. One point: usually b or c. One point: the offset b - a is small beside c, so that much of the accuracy comes from
#    the rule.
