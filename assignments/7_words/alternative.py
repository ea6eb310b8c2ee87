import heapq
import math
from collections import Counter, defaultdict

import torch


def ngram_counts(words, V, n):
    counts = torch.zeros([V] * n, dtype=torch.long)
    for t in range(n, len(words) + 1):
        counts[tuple(words[t - n : t].tolist())] += 1
    return counts


def maximum_likelihood(counts):
    rows = counts.reshape(-1, counts.shape[-1]).double()
    p = [row / row.sum() if row.sum() else torch.ones_like(row) / len(row) for row in rows]
    return torch.stack(p).view(counts.shape).float()


def measures(p):
    bits = -sum(math.log2(x) if x else -math.inf for x in p.tolist()) / len(p)
    return bits * math.log(2), bits, 2**bits


def shorter_model(counts):
    before = defaultdict(set)
    for h, w in counts.nonzero().tolist():
        before[w].add(h)
    pairs = sum(map(len, before.values()))
    return torch.tensor([len(before[w]) / pairs for w in range(len(counts))])


def kneser_ney(counts, D, q):
    rows = []
    for row in counts.tolist():
        total = sum(row)
        if not total:
            rows.append(q.clone())
            continue
        alpha = torch.tensor([max(c - D, 0) / total for c in row])
        rows.append(alpha + (1 - alpha.sum()) * q)
    return torch.stack(rows)


def next_word_log_p(words, C, H, d, U, b):
    rows = []
    for row in words.tolist():
        x = torch.cat([C[w] for w in reversed(row)])
        y = U @ torch.tanh(H @ x + d) + b
        rows.append(y - y.logsumexp(dim=0))
    return torch.stack(rows)


def output_gradient(a, target, U, b):
    n, d_U, d_b, d_a = len(a), torch.zeros_like(U), torch.zeros_like(b), torch.zeros_like(a)
    for k, x in enumerate(target.tolist()):
        y = U @ a[k] + b
        wrong = torch.exp(y - y.logsumexp(dim=0))
        wrong[x] -= 1
        d_U += torch.outer(wrong, a[k]) / n
        d_b += wrong / n
        d_a[k] = U.T @ wrong / n
    return d_U, d_b, d_a


def input_gradient(words, d_a, C, H, d):
    m, d_H, d_d, d_C = C.shape[1], torch.zeros_like(H), torch.zeros_like(d), torch.zeros_like(C)
    for row, back in zip(words.tolist(), d_a):
        near = row[::-1]
        x = torch.cat([C[w] for w in near])
        s = back / torch.cosh(H @ x + d) ** 2
        d_H += torch.outer(s, x)
        d_d += s
        for place, w in enumerate(near):
            d_C[w] += s @ H[:, place * m : (place + 1) * m]
    return d_H, d_d, d_C


def cbow_loss(windows, middle, W, V):
    total = 0.0
    for row, x in zip(windows.tolist(), middle.tolist()):
        seen = [W[w] for w in row if w != -1]
        y = V @ (sum(seen) / len(seen))
        total += (y.logsumexp(dim=0) - y[x]).item()
    return total / len(middle)


def cbow_gradient(windows, middle, W, V):
    d_W, d_V = torch.zeros_like(W), torch.zeros_like(V)
    for row, x in zip(windows.tolist(), middle.tolist()):
        seen = [w for w in row if w != -1]
        h = sum(W[w] for w in seen) / len(seen)
        wrong = torch.softmax(V @ h, dim=0)
        wrong[x] -= 1
        d_V += torch.outer(wrong, h) / len(middle)
        for w in seen:
            d_W[w] += V.T @ wrong / len(seen) / len(middle)
    return d_W, d_V


def path_log_p(h, v, nodes, turns):
    total = 0.0
    for j, c in zip(nodes.tolist(), turns.tolist()):
        score = c * float(v[j] @ h)
        total -= max(-score, 0.0) + math.log1p(math.exp(-abs(score)))
    return total


def path_lengths(counts):
    heap = [(count, number, (number,)) for number, count in enumerate(counts.tolist())]
    heapq.heapify(heap)
    number, merges = len(heap), Counter()
    while len(heap) > 1:
        (c1, _, one), (c2, _, two) = heapq.heappop(heap), heapq.heappop(heap)
        merges.update(one + two)
        heapq.heappush(heap, (c1 + c2, number, one + two))
        number += 1
    return torch.tensor([merges[word] for word in range(len(counts))])


def tree_cost(counts, lengths):
    total = counts.sum().item()
    mean = sum(c * n for c, n in zip(counts.tolist(), lengths.tolist())) / total
    return mean, math.log2(total) - sum(c * math.log2(c) for c in counts.tolist()) / total


def analogy(vectors, a, b, c):
    def s(x, y):
        return (1 + torch.cosine_similarity(vectors[x], vectors[y], dim=0).item()) / 2

    others = [x for x in range(len(vectors)) if x not in (a, b, c)]
    return max(others, key=lambda x: s(x, b) * s(x, c) / (s(x, a) + 0.001))


def best_rotation(X, Z):
    """The polar factor of M = Zᵀ X, which Newton's iteration finds without a singular value decomposition."""
    W = Z.double().T @ X.double()
    for _ in range(60):
        W = (W + torch.linalg.inv(W).T) / 2
    return W.to(X.dtype)


def names_of(tags):
    names = []
    for t, tag in enumerate(tags):
        if tag == "O":
            continue
        mark, kind = tag.split("-")
        if mark == "I" and names and names[-1][0] == kind and names[-1][2] == t:
            names[-1] = (kind, names[-1][1], t + 1)
        else:
            names.append((kind, t, t + 1))
    return names


def f1(true, found):
    both = len(set(true) & set(found))
    return 200 * both / max(len(true) + len(found), 1)


def asked_for(scores):
    times = torch.zeros(scores.shape[1], dtype=torch.long)
    for row in scores:
        times[int((row == row.max()).nonzero()[0])] += 1
    return times


def csls(mapped, targets, k):
    cosines = [[float(x @ z / (x.norm() * z.norm())) for z in targets] for x in mapped]
    r = [sum(sorted(row)[-k:]) / k for row in cosines]
    s = [sum(sorted(column)[-k:]) / k for column in zip(*cosines)]
    return torch.tensor([[2 * c - r[i] - s[j] for j, c in enumerate(row)] for i, row in enumerate(cosines)])


def centred(vectors):
    rows = [row / row.norm() for row in vectors]
    mean = sum(rows) / len(rows)
    return torch.stack([(row - mean) / (row - mean).norm() for row in rows])
