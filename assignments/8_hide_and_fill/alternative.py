import math

import torch


def corrupt(x, maskable, mask_index, chance, kind, other):
    rows, targets = x.tolist(), []
    for n, row in enumerate(x.tolist()):
        wanted = [-100] * len(row)
        for i, word in enumerate(row):
            if not maskable[word] or chance[n, i].item() >= 0.15:
                continue
            wanted[i] = word
            if kind[n, i] < 0.8:
                rows[n][i] = mask_index
            elif kind[n, i] < 0.9:
                rows[n][i] = other[n, i].item()
        targets.append(wanted)
    return torch.tensor(rows), torch.tensor(targets)


def masked_loss(logits, targets):
    costs = []
    for scores, target in zip(logits.flatten(0, 1), targets.flatten().tolist()):
        if target >= 0:
            costs.append(torch.logsumexp(scores, 0) - scores[target])
    return sum(costs) / len(costs) if costs else torch.tensor(0.0)


def attention(q, k, v, not_padding):
    """Word by word, over the words that are no padding."""
    weights = torch.zeros(len(q), q.shape[1], q.shape[1])
    for n, words in enumerate(not_padding):
        for i in range(q.shape[1]):
            s = (k[n][words] * q[n, i]).sum(1) / math.sqrt(q.shape[2])
            e = torch.exp(s - s.max())
            weights[n, i, words] = e / e.sum()
    return weights, torch.einsum("nij,njd->nid", weights, v)


def multi_head(h, W_q, W_k, W_v, W_o, num_heads):
    """Each head with its own rows of the matrices."""
    pieces = []
    for rows in torch.arange(h.shape[2]).chunk(num_heads):
        q, k, v = h @ W_q[rows].T, h @ W_k[rows].T, h @ W_v[rows].T
        scores = torch.einsum("nid,njd->nij", q, k) / math.sqrt(len(rows))
        pieces.append(torch.softmax(scores, 2) @ v)
    return torch.cat(pieces, 2) @ W_o.T


def sinusoids(length, d):
    P = torch.empty(length, d)
    for i in range(length):
        for c in range(d // 2):
            angle = i * 10000 ** (-2 * c / d)
            P[i, 2 * c], P[i, 2 * c + 1] = math.sin(angle), math.cos(angle)
    return P


def rotation(offset, d):
    R = torch.zeros(d, d)
    for c in range(0, d, 2):
        angle = offset / 10000 ** (c / d)
        R[c, c] = R[c + 1, c + 1] = math.cos(angle)
        R[c, c + 1], R[c + 1, c] = math.sin(angle), -math.sin(angle)
    return R


def best_words(logits, x, mask_index):
    filled = x.clone()
    filled[x == mask_index] = logits[x == mask_index].max(1).indices
    return filled


def draw_words(logits, x, mask_index, u, temperature):
    filled = x.clone()
    for n, i in (x == mask_index).nonzero().tolist():
        p, w = torch.softmax(logits[n, i].double() / temperature, 0).tolist(), 0
        total = p[0]
        while total <= u[n, i] and w + 1 < len(p):
            w += 1
            total += p[w]
        filled[n, i] = w
    return filled


def pseudo_log_likelihood(log_p):
    total = torch.zeros_like(log_p)
    for i in range(log_p.dim()):
        total += log_p.log_softmax(i)  # shifts each line along dimension i so that it sums to one
    return total


def any_part_logits(x, m, W, U, c, alpha, b):
    rows = []
    for image, mask in zip(x, m):
        seen = mask.bool()
        h = (W[:, seen] @ image[seen] + U[:, seen].sum(1) + c).clamp(min=0)
        rows.append(alpha @ h + b)
    return torch.stack(rows)


def any_part_loss(logits, x, m):
    """The mean over the hidden pixels, D times."""
    signed = torch.where(x == 1, -logits, logits)
    nats = torch.logaddexp(signed, torch.zeros(()))
    return torch.stack([len(row) * row[mask == 0].mean() for row, mask in zip(nats, m)])


def answers(x, m, A, B, b):
    """Return the logits of all pixels [batch, D], given those where m is 1; x, m: [batch, D], A, B: [D, D], b: [D]."""
    return (x * m) @ A.T + m @ B.T + b


def order_log_prob(x, order, A, B, b):
    """With a sum that is carried along."""
    logits, terms = b.expand_as(x), []
    for i in order.tolist():
        terms.append(torch.nn.functional.logsigmoid((2 * x[:, i] - 1) * logits[:, i]))
        logits = logits + x[:, i, None] * A[:, i] + B[:, i]
    return torch.stack(terms, dim=1).sum(1)


def complete(x, m, order, u, A, B, b):
    seen = m.bool()
    logits = x[:, seen] @ A[:, seen].T + B[:, seen].sum(1) + b
    columns = {i: x[:, i] for i in range(x.shape[1]) if seen[i]}
    for i in order.tolist():
        if i not in columns:
            columns[i] = (u[:, i] < torch.sigmoid(logits[:, i])).float()
            logits = logits + columns[i][:, None] * A[:, i] + B[:, i]
    return torch.stack([columns[i] for i in range(x.shape[1])], dim=1)


def channelwise(x, W, b):
    maps = [x[:, c].flatten(1) @ W[c].T + b[c] for c in range(x.shape[1])]
    return torch.stack(maps, 1).reshape(x.shape)


def masked_square(x, painted, mask):
    where = mask.bool().expand(x.shape)
    return torch.nn.functional.mse_loss(painted[where], x[where])


def best_painting(p, y):
    return torch.stack([(row[:, None] * y).sum(0) / row.sum() for row in p])


def expected_error(p, y, a):
    return sum(p[s, k] * torch.dist(y[k], a[s]) ** 2 for s in range(len(p)) for k in range(len(y)))


def best_discriminator(p, q):
    return torch.nan_to_num(p / (p + q), nan=0.5)


def discriminator_loss(real, painted):
    log_sigmoid = torch.nn.functional.logsigmoid
    return -(log_sigmoid(real).mean() + log_sigmoid(-painted).mean())


def joint_loss(reconstruction, painted, weight):
    zero = torch.zeros(())
    return torch.lerp(reconstruction, torch.logaddexp(-painted, zero).mean(), weight)
