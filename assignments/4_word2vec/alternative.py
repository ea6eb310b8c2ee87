import math

import torch


def skip_gram_pairs(words, window):
    n = len(words)
    here, there = torch.meshgrid(torch.arange(n), torch.arange(n), indexing="ij")
    distance = (here - there).abs()
    near = (distance <= window) & (distance > 0)
    return words[here[near]], words[there[near]]


def noise_distribution(counts):
    q = [math.sqrt(c * math.sqrt(c)) for c in counts.tolist()]
    return torch.tensor([value / sum(q) for value in q])


def negative_sampling_loss(w, v, noise):
    outputs = torch.cat([v[:, None], noise], dim=1)
    products = torch.einsum("bkd,bd->bk", outputs, w)
    labels = torch.zeros_like(products)
    labels[:, 0] = 1
    return torch.nn.functional.binary_cross_entropy_with_logits(products, labels, reduction="sum") / len(w)


def negative_sampling_gradient(w, v, noise):
    n, d_w, d_v, d_noise = len(w), torch.zeros_like(w), torch.zeros_like(v), torch.zeros_like(noise)
    for b in range(n):
        miss = 1 - torch.sigmoid(w[b] @ v[b])
        d_w[b], d_v[b] = -miss * v[b] / n, -miss * w[b] / n
        for j, z in enumerate(noise[b]):
            alarm = torch.sigmoid(z @ w[b])
            d_w[b] += alarm * z / n
            d_noise[b, j] = alarm * w[b] / n
    return d_w, d_v, d_noise


def step(W, V, centres, contexts, negatives, gradients, rate):
    W, V = W.clone(), V.clone()
    for b in range(len(centres)):
        W[centres[b]] -= rate * gradients[0][b]
        V[contexts[b]] -= rate * gradients[1][b]
        for j, z in enumerate(negatives[b].tolist()):
            V[z] -= rate * gradients[2][b, j]
    return W, V


def analogy(vectors, a, b, c):
    rows = torch.nn.functional.normalize(vectors, dim=1)
    query = rows[b] - rows[a] + rows[c]
    ranking = torch.nn.functional.cosine_similarity(rows, query[None]).argsort(descending=True).tolist()
    return next(k for k in ranking if k not in (a, b, c))


def objective(S, pairs, q, k):
    total = 0.0
    every = pairs.sum().item()
    for y, column in enumerate(pairs.T.tolist()):
        for x, times in enumerate(column):
            s = S[x, y].item()
            total -= times / every * (math.log1p(math.exp(-abs(s))) + max(-s, 0))
            total -= k * sum(column) / every * q[x].item() * (math.log1p(math.exp(-abs(s))) + max(s, 0))
    return total


def best_products(pairs, q, k):
    p = pairs.double() / pairs.sum()
    p_x, p_y = p.sum(1, keepdim=True), p.sum(0, keepdim=True)
    pmi = torch.log(p) - torch.log(p_x) - torch.log(p_y)
    return (pmi - math.log(k) + torch.log(p_x) - torch.log(q.double())[:, None]).float()


def of_rank(S, d):
    """By the main axes of the columns."""
    axes = torch.linalg.eigh(S.double().T @ S.double()).eigenvectors[:, -d:].float()
    return S @ axes, axes
