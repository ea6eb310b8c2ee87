# %% about
# title = "Assignment 7: counting and predicting words"
# minutes = 185
# chapters = ["words/next_word", "words/word2vec", "words/evaluation", "words/tasks", "words/translation"]

# %% picture
# Huffman's tree: a rare word is a long way from the root, and its probability is a product of decisions on the way.
from lecturelib import figures

codes = {"the": "+", "of": "-++", "king": "-+-", "love": "--+", "thou": "---+", "sword": "----"}
figures.word_tree(codes, "king")

# %% [markdown]
# What is the next word? A table of counts answers, once it is smoothed; so does a network that learns a vector for
# each word. You will count, measure and smooth (7a to 7c), write Bengio's network and its gradient by hand (7d, 7e),
# predict a word from its window and down a tree (7f, 7g), and try what such vectors are good for: analogies, two
# languages laid on each other, names in a text, and the hubs that are near to every word (7h to 7j).
#
# 7a to 7e need the chapter on the next word, 7f and 7g that on word2vec, 7h those on evaluation and translation, 7i the
# section on names of the chapter on tasks, 7j the chapter on translation. Every part stands for itself; 7a to 7e are a
# good first sitting.
#
# A text is a tensor of word numbers from 0 to $V - 1$. Where a number is asked for, a float or a tensor without
# dimensions will do. Leave what a function is given as it is.

# %%
import torch
from torch.nn import functional as F

# %% [markdown]
# ## 7a. Count
#
# An n-gram is $n$ neighbouring words of a text; n-grams may overlap. Its first $n - 1$ words are the context $h$, its
# last is $w$, and $c(hw)$ is the number of times that it occurs. Write the table of counts, for any $n$. Then, from a
# table of counts of any number of dimensions, the table of probabilities under which the text is likeliest,
#
# $$p(w \mid h) = \frac{c(hw)}{\sum_v c(hv)}.$$
#
# In the row of a context that never occurred, every word gets $1 / V$.


# %%
def ngram_counts(words, V, n):
    """Return c, integers [V, ..., V] of n dimensions, c[h_1, ..., w] = c(hw); words: integers [T], T >= n."""
    # BEGIN SOLUTION
    keys = torch.zeros(len(words) - n + 1, dtype=torch.long)
    for k in range(n):
        keys = keys * V + words[k : k + len(keys)]
    return torch.bincount(keys, minlength=V**n).view([V] * n)
    # END SOLUTION


def maximum_likelihood(counts):
    """Return p, floats of the shape of counts, p[h_1, ..., w] = p(w | h); counts: integers [V, ..., V]."""
    # BEGIN SOLUTION
    c_h = counts.sum(dim=-1, keepdim=True)
    return torch.where(c_h > 0, counts / c_h, 1 / counts.shape[-1])
    # END SOLUTION


# %% checked 7a
words = torch.tensor([2, 4, 2, 4, 2, 4, 3, 0, 2, 0, 1, 0, 0, 2])  # new york new york new york old book new book ...
counts = ngram_counts(words, 5, 2)
{"words": words, "counts": counts, "triples": ngram_counts(words, 5, 3), "p": maximum_likelihood(counts)}

# %% check 7a

# %% [markdown]
# ## 7b. Measure
#
# To the words of a text, one after the other, a model gave the probabilities $p_1, \dots, p_T$. Return the
# cross-entropy $-\frac1T \sum_t \log p_t$ in nats, the same in bits, and the perplexity. The result must be right for
# thousands of words, too.


# %%
def measures(p):
    """Return (nats per word, bits per word, perplexity), three numbers; p: floats [T]."""
    # BEGIN SOLUTION
    nats = -p.log().mean()
    return nats, -p.log2().mean(), nats.exp()
    # END SOLUTION


# %% checked 7b
p = torch.tensor([1 / 2, 1 / 8, 1 / 4, 1 / 3])
nats, bits, perplexity = measures(p)
{"p": p, "nats": nats, "bits": bits, "perplexity": perplexity}

# %% check 7b

# %% [markdown]
# ## 7c. Kneser and Ney
#
# The table `counts` has a row for each context $h$, one word, and a column for each word $w$ after it. Write first the
# shorter model: $q(w)$ is the number of *different* words before $w$, over the number of different pairs. Then, for any
# $q$ that is given, the smoothed table
#
# $$p(w \mid h) = \frac{\max(c(hw) - D, 0)}{c(h\cdot)} + \gamma(h)\, q(w),$$
#
# where $c(h\cdot)$ is the sum of row $h$, and $\gamma(h)$ is what makes the row of $p$ sum to one. A context that never
# occurred has the row $q$. The test of your $q$ is the marginal constraint: with it, every word is as frequent in the
# smoothed model as in the text,
#
# $$\sum_h c(h\cdot)\, p(w \mid h) = \sum_h c(hw).$$


# %%
def shorter_model(counts):
    """Return q, floats [V] that sum to 1; counts: integers [V, V]."""
    # BEGIN SOLUTION
    different = counts > 0
    return different.sum(dim=0) / different.sum()
    # END SOLUTION


def kneser_ney(counts, D, q):
    """Return p, floats [V, V], row h for context h; counts: integers [V, V], 0 < D <= 1, q: floats [V]."""
    # BEGIN SOLUTION
    c_h = counts.sum(dim=1, keepdim=True)
    freed = D * (counts > 0).sum(dim=1, keepdim=True)
    smoothed = ((counts - D).clamp(min=0) + freed * q) / c_h.clamp(min=1)
    return torch.where(c_h > 0, smoothed, q)
    # END SOLUTION


# %% checked 7c
counts = torch.tensor([[0, 1, 1, 0], [3, 0, 1, 0], [0, 2, 0, 1], [5, 0, 2, 1]])
q = shorter_model(counts)
{"counts": counts, "q": q, "p": kneser_ney(counts, 0.75, q)}

# %% check 7c

# %% [markdown]
# ## 7d. Bengio's network
#
# In the paper's letters: row $w$ of $C$ holds the features of word $w$, and
#
# $$x = (C(w_{t-1}), C(w_{t-2}), \dots, C(w_{t-n+1}))$$
#
# $$a = \tanh(d + H x), \qquad y = b + U a.$$
#
# The features of the *last* word stand first in $x$. Return the logarithms of $\mathrm{softmax}(y)$. They must be
# right for scores $y$ as large as 1000, too.


# %%
def next_word_log_p(words, C, H, d, U, b):
    """Return log p, floats [batch, V].

    words: integers [batch, n - 1], the words before, in the order of the text.
    C: [V, m], H: [units, (n - 1) m], d: [units], U: [V, units], b: [V].
    """
    # BEGIN SOLUTION
    x = C[words.flip(1)].flatten(1)
    a = torch.tanh(d + x @ H.T)
    return (b + a @ U.T).log_softmax(dim=1)
    # END SOLUTION


# %% checked 7d
made = torch.Generator().manual_seed(4)
words = torch.tensor([[0, 1, 2], [2, 1, 0], [4, 4, 3], [5, 0, 3]])
C, H, U = (torch.randn(*shape, generator=made) for shape in ((6, 2), (3, 6), (6, 3)))
d, b = torch.randn(3, generator=made), torch.randn(6, generator=made)
inputs = {"words": words, "C": C, "H": H, "d": d, "U": U, "b": b}
{**inputs, "log_p": next_word_log_p(words, C, H, d, U, b)}

# %% check 7d

# %% [markdown]
# ## 7e. Its gradient, by hand
#
# The loss is the mean of $-\log p(\text{target})$ over the batch. Its gradient goes back through the network in two
# steps; take both without autograd.
#
# - `output_gradient`: the hidden units $a$ are given. Return the gradients of the loss with respect to
#   $U$, $b$ and $a$.
# - `input_gradient`: the gradient with respect to $a$ is given as `d_a`, which already includes the 1/batch of the
#   mean. Return those with respect to $H$, $d$ and $C$. A word may be in the batch many times, and all of its
#   gradients count.


# %%
def output_gradient(a, target, U, b):
    """Return (d_U, d_b, d_a), each of the shape of U, b and a; a: [batch, units], target: integers [batch]."""
    # BEGIN SOLUTION
    d_y = (b + a @ U.T).softmax(dim=1)
    d_y[torch.arange(len(a)), target] -= 1
    d_y = d_y / len(a)
    return d_y.T @ a, d_y.sum(dim=0), d_y @ U
    # END SOLUTION


def input_gradient(words, d_a, C, H, d):
    """Return (d_H, d_d, d_C), each of the shape of H, d and C; words: as in 7d, d_a: [batch, units]."""
    # BEGIN SOLUTION
    backwards = words.flip(1)
    x = C[backwards].flatten(1)
    d_s = d_a * (1 - torch.tanh(d + x @ H.T) ** 2)
    d_x = (d_s @ H).view(-1, C.shape[1])
    d_C = torch.zeros_like(C).index_add(0, backwards.flatten(), d_x)
    return d_s.T @ x, d_s.sum(dim=0), d_C
    # END SOLUTION


# %% checked 7e
made = torch.Generator().manual_seed(5)
words, target = torch.tensor([[0, 1, 2], [2, 1, 0], [4, 4, 3], [5, 0, 3]]), torch.tensor([1, 1, 5, 0])
C, H, U = (torch.randn(*shape, generator=made) for shape in ((6, 2), (3, 6), (6, 3)))
d, b, a = (torch.randn(*shape, generator=made) for shape in ((3,), (6,), (4, 3)))
d_U, d_b, d_a = output_gradient(a, target, U, b)
d_H, d_d, d_C = input_gradient(words, d_a, C, H, d)
inputs = {"words": words, "target": target, "a": a, "C": C, "H": H, "d": d, "U": U, "b": b}
{**inputs, "d_U": d_U, "d_b": d_b, "d_a": d_a, "d_H": d_H, "d_d": d_d, "d_C": d_C}

# %% check 7e

# %% [markdown]
# ## 7f. CBOW
#
# The middle word $x$ is predicted from its window: $h$ is the *mean* of the input vectors of the words there, and
# $p(x) = \exp(v_x \cdot h) / \sum_z \exp(v_z \cdot h)$. At the ends of a text a window has fewer words; the missing
# ones are written as $-1$ and do not count. Every window has at least one word. The loss is the mean of $-\log p(x)$
# over the batch. Return it, and its gradient, without autograd; a word may be in one window twice.


# %%
def cbow_loss(windows, middle, W, V):
    """Return the loss, a number; windows: integers [batch, 2 L], middle: integers [batch], W, V: floats [words, dim].

    W holds the input vectors, a row per word, and V the output vectors.
    """
    # BEGIN SOLUTION
    present = (windows >= 0)[:, :, None]
    h = (W[windows.clamp(min=0)] * present).sum(dim=1) / present.sum(dim=1)
    return F.cross_entropy(h @ V.T, middle)
    # END SOLUTION


def cbow_gradient(windows, middle, W, V):
    """Return (d_W, d_V), the gradient of the loss by W and by V."""
    # BEGIN SOLUTION
    present = (windows >= 0)[:, :, None]
    rows = windows.clamp(min=0)
    h = (W[rows] * present).sum(dim=1) / present.sum(dim=1)
    d_y = (h @ V.T).softmax(dim=1)
    d_y[torch.arange(len(h)), middle] -= 1
    d_h = d_y @ V / len(h)
    share = d_h[:, None] * present / present.sum(dim=1, keepdim=True)
    return torch.zeros_like(W).index_add(0, rows.flatten(), share.flatten(0, 1)), d_y.T @ h / len(h)
    # END SOLUTION


# %% checked 7f
made = torch.Generator().manual_seed(6)
windows = torch.tensor([[-1, -1, 2, 0], [3, 1, 4, 4], [0, 2, 3, -1], [2, -1, -1, -1]])
middle = torch.tensor([1, 0, 0, 4])
W, V = torch.randn(5, 3, generator=made), torch.randn(5, 3, generator=made)
d_W, d_V = cbow_gradient(windows, middle, W, V)
losses = torch.stack([cbow_loss(windows[k : k + 1], middle[k : k + 1], W, V) for k in range(4)])
full = torch.tensor([[0, 1, 2, 0], [3, 1, 4, 4], [0, 2, 3, 3], [2, 4, 4, 1]])
values = {"windows": windows, "middle": middle, "W": W, "V": V, "losses": losses, "d_W": d_W, "d_V": d_V}
{**values, "full": full, "loss": cbow_loss(full, middle, W, V)}

# %% check 7f

# %% [markdown]
# ## 7g. Down a tree
#
# In the hierarchical softmax, words are the leaves of a binary tree, and each inner node $j$ has a vector $v_j$. The
# path from the root to a word passes the nodes $j$ with turns $c_j = \pm 1$, and
#
# $$\log p(x \mid h) = \sum_{j \text{ on the path to } x} \log \sigma(c_j\, v_j \cdot h).$$
#
# Then the probabilities of all words sum to one. Products $v_j \cdot h$ may be as large as 1000.
#
# In Huffman's tree, frequent words have short paths: take every word as a tree of its own, and merge the two trees with
# the smallest counts until one is left; of equal counts take any. The length of a word's path is the number of merges
# that it took part in.
#
# What does such a tree cost? Return the mean length of a path, where each word is drawn as often as it is counted, and
# the bound that no tree can beat, the entropy of the words in bits.


# %%
def path_log_p(h, v, nodes, turns):
    """Return log p of one word, a number.

    h: [dim], v: [V - 1, dim], a row for each inner node.
    nodes: integers [length], the rows on the word's path, turns: floats [length], 1 or -1.
    """
    # BEGIN SOLUTION
    return F.logsigmoid(turns * (v[nodes] @ h)).sum()
    # END SOLUTION


def path_lengths(counts):
    """Return integers [V], the length of each word's path in Huffman's tree; counts: integers [V], V >= 2."""
    # BEGIN SOLUTION
    lengths = torch.zeros(len(counts), dtype=torch.long)
    trees = [(count, [word]) for word, count in enumerate(counts.tolist())]
    while len(trees) > 1:
        trees.sort()
        (count, below), (other, beside) = trees[:2]
        lengths[below + beside] += 1
        trees = [*trees[2:], (count + other, below + beside)]
    return lengths
    # END SOLUTION


def tree_cost(counts, lengths):
    """Return (mean length, entropy in bits), two numbers; counts, lengths: integers [V], all above 0."""
    # BEGIN SOLUTION
    p = counts / counts.sum()
    return (p * lengths).sum(), -(p * p.log2()).sum()
    # END SOLUTION


# %% checked 7g
made = torch.Generator().manual_seed(7)
h, v = torch.randn(3, generator=made), torch.randn(5, 3, generator=made)
nodes, turns = torch.tensor([[4, 3], [4, 3]]), torch.tensor([[1.0, 1.0], [1.0, -1.0]])
log_p = torch.stack([path_log_p(h, v, *path) for path in zip(nodes, turns)])
counts = torch.tensor([8, 4, 3, 2, 2, 1])
lengths = path_lengths(counts)
mean, entropy = tree_cost(counts, lengths)
values = {"h": h, "v": v, "nodes": nodes, "turns": turns, "log_p": log_p}
{**values, "counts": counts, "lengths": lengths, "mean": mean, "entropy": entropy}

# %% check 7g

# %% [markdown]
# ## 7h. Analogies, and two languages
#
# "$a$ is to $b$ as $c$ is to ...", by 3CosMul: with $s(x, y) = (1 + \cos(x, y)) / 2$, the answer is the word $x$ with
# the largest
#
# $$\frac{s(x, b)\, s(x, c)}{s(x, a) + 0.001}.$$
#
# The three words of the question may not be the answer. The vectors differ in length.
#
# Now two languages. The rows $x_i$ of $X$ are vectors of words, the rows $z_i$ of $Z$ those of their translations. Find
# the orthogonal matrix $W$, $W^\top W = 1$, for which $\sum_i \lVert W x_i - z_i \rVert^2$ is smallest. It may be a
# reflection.


# %%
def analogy(vectors, a, b, c):
    """Return the number of the answer, an int; vectors: [V, dim], a, b, c: ints."""
    # BEGIN SOLUTION
    unit = F.normalize(vectors, dim=1)
    s_a, s_b, s_c = (1 + unit[[a, b, c]] @ unit.T) / 2
    score = s_b * s_c / (s_a + 0.001)
    score[[a, b, c]] = -torch.inf
    return int(score.argmax())
    # END SOLUTION


def best_rotation(X, Z):
    """Return W, floats [dim, dim]; X, Z: floats [pairs, dim]."""
    # BEGIN SOLUTION
    left, _, right = torch.linalg.svd(Z.T @ X)
    return left @ right
    # END SOLUTION


# %% checked 7h
made = torch.Generator().manual_seed(8)
vectors = torch.randn(12, 5, generator=made)
answers = [analogy(vectors, a, (a + 1) % 12, (a + 5) % 12) for a in range(12)]
X, Z = torch.randn(9, 3, generator=made), torch.randn(9, 3, generator=made)
{"vectors": vectors, "answers": torch.tensor(answers), "X": X, "Z": Z, "W": best_rotation(X, Z)}

# %% check 7h

# %% [markdown]
# ## 7i. Names
#
# Each word of a sentence has a tag: `B-kind` begins a name of that kind, `I-kind` continues it, `O` is outside
# every name. A name continues only with an `I-` of its own kind; an `I-` that has no name to continue begins one.
# Return the names as tuples `(kind, first, end)`, with the number of the first word and of the one after the last, in
# the order of the text. Then, from the list of the true names and that of those found, $F_1$ in percent: the harmonic
# mean of precision (right among those found) and recall (right among the true ones). A name is right if it equals a
# true one. $F_1$ is 0 where no name is right.


# %%
def names_of(tags):
    """Return a list of tuples (kind, first, end); tags: a list of strings, such as ["B-place", "I-place", "O"]."""
    # BEGIN SOLUTION
    names, kind, first = [], None, 0
    for t, tag in enumerate([*tags, "O"]):
        mark, _, own = tag.partition("-")
        if kind is not None and not (mark == "I" and own == kind):
            names.append((kind, first, t))
            kind = None
        if kind is None and mark != "O":
            kind, first = own, t
    return names
    # END SOLUTION


def f1(true, found):
    """Return F1 in percent, a number; true, found: lists of tuples (kind, first, end), each tuple once."""
    # BEGIN SOLUTION
    right = sum(name in true for name in found)
    if right == 0:
        return 0.0
    precision, recall = right / len(found), right / len(true)
    return 100 * 2 * precision * recall / (precision + recall)
    # END SOLUTION


# %% checked 7i
tags = ["B-person", "I-person", "I-person", "O", "O", "I-place", "B-place", "I-person"]
true = names_of(tags)
found = [("person", 0, 2), ("place", 5, 6), ("place", 6, 7)]
{"first": torch.tensor([name[1] for name in true]), "f1": torch.tensor(f1(true, found))}

# %% check 7i

# %% [markdown]
# ## 7j. Hubs
#
# Words of one language were mapped into the space of another (7h): the rows of `mapped`. The rows of `targets` are that
# language's words. All have different lengths, and all that counts are cosines. Some targets, the *hubs*, are
# the nearest one to very many words.
#
# - `asked_for`: `scores[i, j]` is the score of target $j$ for word $i$. Return for each target how many words have it
#   as their best; of several that are best, the first counts.
# - `csls`: a target that is near to everyone must come nearer to be chosen. Return the scores
#   $2 \cos(x_i, z_j) - r_i - s_j$, where $r_i$ is the mean cosine of word $i$ with the $k$ targets nearest to it, and
#   $s_j$ that of target $j$ with the $k$ mapped words nearest to it.
# - `centred`: the other remedy. Scale the vectors to length 1, subtract their mean, and scale them to length 1 again.


# %%
def asked_for(scores):
    """Return integers [targets]; scores: floats [words, targets]."""
    # BEGIN SOLUTION
    return torch.bincount(scores.argmax(dim=1), minlength=scores.shape[1])
    # END SOLUTION


def csls(mapped, targets, k):
    """Return the scores, floats [words, targets]; mapped: [words, dim], targets: [targets, dim], k: an int."""
    # BEGIN SOLUTION
    cosine = F.normalize(mapped, dim=1) @ F.normalize(targets, dim=1).T
    r = cosine.topk(k, dim=1).values.mean(dim=1, keepdim=True)
    return 2 * cosine - r - cosine.topk(k, dim=0).values.mean(dim=0)
    # END SOLUTION


def centred(vectors):
    """Return floats of the shape of vectors, [n, dim]."""
    # BEGIN SOLUTION
    row = F.normalize(vectors, dim=1)
    return F.normalize(row - row.mean(dim=0), dim=1)
    # END SOLUTION


# %% checked 7j
made = torch.Generator().manual_seed(10)
mapped, targets = torch.randn(6, 4, generator=made) + 0.5, torch.randn(5, 4, generator=made) + 0.5
scores = csls(mapped, targets, 2)
values = {"mapped": mapped, "targets": targets, "scores": scores}
{**values, "asked_for": asked_for(scores), "centred": centred(targets)}

# %% check 7j

# %% [markdown]
# Two thousand targets that share a direction, and a word for each: its target, drawn towards their common mean and with
# some noise. How often is the right one found, and how many words does the largest hub answer?

# %% try
torch.manual_seed(0)
targets = torch.randn(2000, 40) + 0.5
mapped = 0.5 * targets + 0.25 + 0.8 * torch.randn(2000, 40)
plain = F.normalize(mapped, dim=1) @ F.normalize(targets, dim=1).T
found = {"cosine": plain, "CSLS": csls(mapped, targets, 10), "centred": centred(mapped) @ centred(targets).T}
for name, scores in found.items():
    right = (scores.argmax(dim=1) == torch.arange(2000)).float().mean().item()
    times = asked_for(scores)
    print(f"{name:8} {100 * right:.1f}% right; the largest hub answers {times.max()} words, {(times == 0).sum()} none")

# %% [markdown]
# All of it on a text: a table of pairs and a network of your own gradients read the same 60,000 words of Shakespeare.
# The table alone finds new text impossible; which of the others is best, and what does their mean say? It takes about
# ten seconds.

# %% try
import re

from lecturelib.datasets import load

play = load("shakespeare")
letters = "".join(play.vocabulary[k] for k in play.train.x[:400_000].tolist()).lower()
spoken = re.findall(r"[a-z']+|[.,;:?!]", letters)[:70_000]
count = {}
for word in spoken[:60_000]:
    count[word] = count.get(word, 0) + 1
vocabulary = ["<rare>", *sorted((word for word in count if count[word] >= 5), key=lambda word: -count[word])]
number = {word: k for k, word in enumerate(vocabulary)}
text = torch.tensor([number.get(word, 0) for word in spoken])
train, test, size = text[:60_000], text[60_000:], len(vocabulary)
counts = ngram_counts(train, size, 2)
table = maximum_likelihood(counts)
smooth = kneser_ney(counts, 0.75, shorter_model(counts))
now, before = test[3:], torch.stack([test[k : k - 3] for k in range(3)], dim=1)
p = {"counted": table[before[:, 2], now], "Kneser-Ney": smooth[before[:, 2], now]}

torch.manual_seed(0)
C, H, d = torch.randn(size, 16) / 4, torch.randn(48, 48) / 7, torch.zeros(48)
U, b = torch.zeros(size, 48), (1 + counts.sum(dim=0)).log()
past = torch.stack([train[k : k - 3] for k in range(3)], dim=1)
for batch in range(3001):
    asked = torch.randint(len(past), (64,))
    words, target = past[asked], train[3:][asked]
    a = torch.tanh(d + C[words.flip(1)].flatten(1) @ H.T)
    d_U, d_b, d_a = output_gradient(a, target, U, b)
    d_H, d_d, d_C = input_gradient(words, d_a, C, H, d)
    rate = 1.0 * (1 - batch / 3001)
    for weights, gradient in ((C, d_C), (H, d_H), (d, d_d), (U, d_U), (b, d_b)):
        weights -= rate * gradient
p["network"] = next_word_log_p(before, C, H, d, U, b).exp().gather(1, now[:, None])[:, 0]
p["half of each"] = (p["Kneser-Ney"] + p["network"]) / 2
for name, values in p.items():
    nats, bits, perplexity = measures(values)
    print(f"{name:12}  {float(bits):5.2f} bits per word, perplexity {float(perplexity):.0f}")
unit = C / C.norm(dim=1, keepdim=True)
for word in ("my", "he", "love"):
    print(word, "->", ", ".join(vocabulary[k] for k in (unit @ unit[number[word]]).topk(5).indices[1:].tolist()))

# %% [markdown]
# ## Open questions
#
# Answer each in three to five sentences, in this cell. They are graded by hand, two points each.
#
# 1. One model knows 5,000 words and reads all others as `<rare>`; another knows 50,000. Which of the two has the lower
#    perplexity more easily, and how would you compare them fairly?
# 2. On the text that they were trained on, no table of pairs can have a lower perplexity than that of 7a. How can a
#    network that sees one word before be better on *new* text, and for which pairs of words do you expect it?

# %% [markdown] rubric
# 1. One point: the small vocabulary, since all rare words are one symbol, which is frequent and easy to guess, and the
#    model need not say which word it is. One point: a fair way, such as the same vocabulary for both, or the
#    probability of spelling a rare word letter by letter included, and the cross-entropy counted per letter.
# 2. One point: the counted table is the maximum of the likelihood over *all* tables, those of the network included; it
#    is fitted to chance, and gives 0 to what it has not seen. One point: the network shares what it learns between
#    words of similar vectors, so that it wins where the pair, or the context, is new or rare, and hardly where it was
#    counted often.
