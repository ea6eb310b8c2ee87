import math

import torch


def lstm_step(x, h, s, W_x, W_h, b):
    H = h.shape[1]
    blocks = []
    for k in range(4):
        rows = slice(k * H, (k + 1) * H)
        blocks.append(torch.stack([W_x[rows] @ a + W_h[rows] @ c + b[rows] for a, c in zip(x, h)]))
    node, gate_in, forget, gate_out = blocks[0].tanh(), blocks[1].sigmoid(), blocks[2].sigmoid(), blocks[3].sigmoid()
    memory = node * gate_in + s * forget
    return [memory.tanh() * gate_out, memory]


def rnn_forward(inputs, from_input, from_state):
    cell = torch.nn.RNN(inputs.shape[2], len(from_state), batch_first=True, bias=False)
    with torch.no_grad():
        cell.weight_ih_l0.copy_(from_input)
        cell.weight_hh_l0.copy_(from_state)
        return cell(inputs)[0]


def rnn_backward(x, y, h, W_xh, W_hh, W_hy):
    x, y, h, W_xh, W_hh, W_hy = (t.double() for t in (x, y, h, W_xh, W_hh, W_hy))
    batch, steps, _ = x.shape
    gradients = [torch.zeros_like(W) for W in (W_xh, W_hh, W_hy)]
    for k in range(batch):
        carried = torch.zeros(len(W_hh), dtype=torch.double)
        for t in range(steps - 1, -1, -1):
            error = (W_hy @ h[k, t] - y[k, t]) / batch
            gradients[2] += torch.outer(error, h[k, t])
            inner = (W_hy.T @ error + carried) * (1 - h[k, t].square())
            before = h[k, t - 1] if t else torch.zeros_like(h[k, 0])
            gradients[0] += torch.outer(inner, x[k, t])
            gradients[1] += torch.outer(inner, before)
            carried = W_hh.T @ inner
    return tuple(g.float() for g in gradients)


def clip_gradients(gradients, limit):
    total = torch.cat([g.flatten() for g in gradients]).norm().item()
    if total <= limit:
        return gradients, total
    return [g * (limit / total) for g in gradients], total


def at_temperature(logits, temperature):
    if not temperature:
        p = torch.zeros_like(logits)
        for row, values in zip(p, logits.tolist()):
            row[values.index(max(values))] = 1
        return p
    rows = []
    for values in logits.tolist():
        largest = max(values)
        e = [math.exp((v - largest) / temperature) for v in values]
        rows.append([v / sum(e) for v in e])
    return torch.tensor(rows)


def draw(p, u):
    indices = []
    for row, level in zip(p.tolist(), u.tolist()):
        total = 0.0
        for k, value in enumerate(row):
            total += value
            if total > level:
                break
        indices.append(k)
    return torch.tensor(indices)
