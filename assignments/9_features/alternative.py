import itertools
import math

import torch


def probe_gradient(W, b, z, c, penalty):
    d_W, d_b = penalty * W, torch.zeros_like(b)
    for features, y in zip(z, c.tolist()):
        a = W @ features + b
        wrong = torch.exp(a - a.logsumexp(0))
        wrong[y] -= 1
        d_W = d_W + torch.outer(wrong, features) / len(z)
        d_b = d_b + wrong / len(z)
    return d_W, d_b


def probe_hessian(W, b, z, penalty):
    """Image by image, as a Kronecker product."""
    K, d = W.shape
    total = torch.zeros(K * (d + 1), K * (d + 1), dtype=z.dtype)
    for features in z:
        p = torch.softmax(W @ features + b, 0)
        one = torch.cat([features, torch.ones(1, dtype=z.dtype)])
        total += torch.kron(torch.diag(p) - torch.outer(p, p), torch.outer(one, one)) / len(z)
    for k in range(K):
        for i in range(d):
            total[k * (d + 1) + i, k * (d + 1) + i] += penalty
    return total


def fit_probe(z, c, K, penalty):
    """Newton's method with a pseudoinverse, with half of a step where a whole one is too long."""
    d = z.shape[1]
    one = torch.cat([z, torch.ones(len(z), 1, dtype=z.dtype)], 1)
    costs = penalty * torch.cat([torch.ones(d), torch.zeros(1)]).to(z).repeat(K)
    target = torch.eye(K, dtype=z.dtype)[c]

    def loss(both):
        log_p = torch.log_softmax(one @ both.view(K, d + 1).T, 1)
        return -(log_p * target).sum() / len(z) + (costs * both**2).sum() / 2

    both = torch.zeros(K * (d + 1), dtype=z.dtype)
    for _ in range(50):
        p = torch.softmax(one @ both.view(K, d + 1).T, 1)
        gradient = ((p - target).T @ one / len(z)).flatten() + costs * both
        if gradient.abs().max() < 1e-9:
            break
        by_logits = torch.diag_embed(p) - p[:, :, None] * p[:, None]
        H = torch.einsum("njk,na,nb->jakb", by_logits, one, one).reshape(len(both), len(both)) / len(z)
        step, size = torch.linalg.pinv(H + torch.diag(costs), hermitian=True) @ gradient, 1.0
        while loss(both - size * step) > loss(both) and size > 1e-6:
            size /= 2
        both = both - size * step
    return both.view(K, d + 1)[:, :d].clone(), both.view(K, d + 1)[:, d].clone()


def how_near(d_W, penalty):
    return math.sqrt(sum(x * x for x in d_W.flatten().tolist())) / penalty


def unfrozen_hessian(w, e, m):
    """By autograd's Hessian, at two numbers."""

    def loss(both):
        return torch.logaddexp(-both[0] * both[1] * m, torch.zeros_like(m)).mean()

    return torch.autograd.functional.hessian(loss, torch.tensor([w, e], dtype=m.dtype))


def for_raw_features(W, b, train):
    raw, bias = torch.zeros_like(W), b.clone()
    for i in range(W.shape[1]):
        column = train[:, i]
        if column.min() == column.max():
            continue
        raw[:, i] = W[:, i] / column.std()
        bias -= raw[:, i] * column.mean()
    return raw, bias


def expected_accuracy(logits, c):
    total = 0.0
    for row, y in zip(logits.tolist(), c.tolist()):
        if row[y] == max(row):
            total += 1 / row.count(row[y])
    return total / len(c)


def directions(first, second, side, gap):
    names = {(-1, -1): 0, (-1, 0): 1, (-1, 1): 2, (0, -1): 3, (0, 1): 4, (1, -1): 5, (1, 0): 6, (1, 1): 7}
    found = []
    for a, b in zip(first.tolist(), second.tolist()):
        found.append(names[tuple(round((t - s) / (side + gap)) for s, t in zip(a, b))])
    return torch.tensor(found)


def pairs_of_grid(rows, columns):
    found = []
    for cell in range(rows * columns):
        r, k = divmod(cell, columns)
        label = 0
        for down in (-1, 0, 1):
            for right in (-1, 0, 1):
                if down == right == 0:
                    continue
                if r + down in range(rows) and k + right in range(columns):
                    found.append([cell, cell + down * columns + right, label])
                label += 1
    return torch.tensor(found)


def blind_accuracy(known, labels):
    right = 0
    for value in known.unique():
        right += int(torch.bincount(labels[known == value]).max())
    return right / len(labels)


def exemplar_loss(h, V, b):
    """The log-probabilities as a table of images x copies x images."""
    log_p = torch.log_softmax(h @ V.T + b, 1).view(len(V), -1, len(V))
    return -torch.stack([log_p[i, :, i].mean() for i in range(len(V))]).mean()


def least_exemplar_loss(p):
    """H(image, look) - H(look)."""
    both = p / len(p)
    looks = both.sum(0)
    return (torch.special.entr(both).sum() - torch.special.entr(looks).sum()).item()


def distances(orders):
    K = len(orders)
    table = torch.zeros(K, K, dtype=torch.int64)
    for i in range(K):
        for j in range(K):
            table[i, j] = torch.count_nonzero(orders[i] - orders[j])
    return table


def choose(candidates, count):
    taken = candidates[:1]
    while len(taken) < count:
        apart = (candidates[:, None] != taken).sum(2).min(1).values
        taken = torch.cat([taken, candidates[apart.tolist().index(int(apart.max()))][None]])
    return taken


def facts(orders):
    agree = (orders[:, None] == orders).sum(2)
    agree.fill_diagonal_(0)
    most = int(agree.max())
    return math.log(len(orders), 2), most + 1, (orders.shape[1] - most - 1) // 2


def nearest_order(seen, orders):
    right = torch.stack([(seen == order).sum(1) for order in orders], 1)
    return right.max(1, keepdim=True).values.eq(right).int().argmax(1)


def normalised(tiles):
    flat = tiles.flatten(3)
    centred = flat - flat.mean(3, keepdim=True)
    scale = (centred.square().sum(3, keepdim=True) / (flat.shape[3] - 1)).sqrt()
    return (centred / scale.clamp(min=1e-9)).view(tiles.shape)


def info_nce(scores):
    n = len(scores)
    loss = torch.nn.functional.cross_entropy(scores, torch.arange(n)).item()
    return loss, math.log(n) - loss


def best_scores(joint):
    given = joint / joint.sum(1)[:, None]
    return torch.log(given) - torch.log(joint.sum(0))


def information(joint):
    """The entropies of both, less the entropy of the pair."""
    entropy = torch.special.entr
    return entropy(joint.sum(0)).sum() + entropy(joint.sum(1)).sum() - entropy(joint).sum()


def best_loss(joint, n):
    """The sum of the ratios of the negatives, one negative after the other."""
    p_x, total = joint.sum(0).double().tolist(), 0.0
    for row in joint.double().tolist():
        p_c = sum(row)
        r = [p / p_c / q for p, q in zip(row, p_x)]
        sums = [(0.0, 1.0)]
        for _ in range(n - 1):
            sums = [(s + a, w * q) for s, w in sums for a, q in zip(r, p_x)]
        for p, own in zip(row, r):
            if p > 0:
                total += sum(p * w * math.log((own + s) / own) for s, w in sums)
    return total


def block_forward(x1, x2, A, B):
    rows = []
    for a, b in zip(x1, x2):
        first = a + torch.tanh(A @ b)
        rows.append(torch.stack([first, b + torch.tanh(B @ first)]))
    return torch.stack(rows, 1).unbind()


def block_inverse(y1, y2, A, B):
    rows = []
    for a, b in zip(y1, y2):
        second = b - torch.tanh(B @ a)
        rows.append(torch.stack([a - torch.tanh(A @ second), second]))
    return torch.stack(rows, 1).unbind()


def block_backward(y1, y2, d_y1, d_y2, A, B):
    """Autograd, through the block once more."""
    x1, x2 = (half.clone().requires_grad_() for half in block_inverse(y1, y2, A, B))
    A, B = A.clone().requires_grad_(), B.clone().requires_grad_()
    again = block_forward(x1, x2, A, B)
    return torch.autograd.grad(again, (x1, x2, A, B), (d_y1, d_y2))


def ranks(scores):
    means = scores.sum(0)
    table = torch.zeros(means.shape)
    for k in range(means.shape[1]):
        column = means[:, k].tolist()
        order = sorted(column, reverse=True)
        for t, value in enumerate(column):
            places = [place + 1 for place, other in enumerate(order) if other == value]
            table[t, k] = sum(places) / len(places)
    return table


def everywhere(scores):
    means = scores.mean(0)
    return torch.stack([torch.stack([(one > other).all() for other in means]) for one in means])


def crossings(scores):
    means = scores.mean(0).T.tolist()
    table = torch.zeros(len(means), len(means), dtype=torch.int64)
    for k, m in itertools.product(range(len(means)), repeat=2):
        for i, j in itertools.combinations(range(len(means[0])), 2):
            one, other = means[k][i] - means[k][j], means[m][i] - means[m][j]
            table[k, m] += one * other < 0
    return table


def interaction(scores, i, j, k, m):
    more = [float(s[i, k] - s[j, k] - (s[i, m] - s[j, m])) for s in scores]
    mean = sum(more) / len(more)
    variance = sum((x - mean) ** 2 for x in more) / (len(more) - 1)
    return mean, math.sqrt(variance / len(more))
