import math

import numpy as np
import torch


def fvsbn_logits(images, weights, bias):
    rows = []
    for image in images:
        row = []
        for i in range(len(bias)):
            total = bias[i]
            for j in range(i):
                total = total + weights[i, j] * image[j]
            row.append(total)
        rows.append(torch.stack(row))
    return torch.stack(rows)


def log_likelihood(images, scores):
    loss = torch.nn.BCEWithLogitsLoss(reduction="none")
    return -loss(scores, images).sum(-1)


def bits_per_pixel(values, D):
    return -sum(values.tolist()) / len(values) / D / math.log(2)


def fvsbn_sample(weights, bias, uniforms):
    n, D = uniforms.shape
    out = np.zeros((n, D), dtype=np.float32)
    for k in range(n):
        for i in range(D):
            score = bias[i].item() + float((weights[i, :i].numpy() * out[k, :i]).sum())
            out[k, i] = uniforms[k, i].item() < 1 / (1 + math.exp(-score))
    return torch.from_numpy(out)


def fvsbn_gradient(images, weights, bias):
    weights, bias = weights.double(), bias.double()
    d_weights, d_bias = torch.zeros_like(weights), torch.zeros_like(bias)
    for image in images.double():
        for i in range(len(bias)):
            error = image[i] - torch.sigmoid((weights[i, :i] * image[:i]).sum() + bias[i])
            d_bias[i] += error / len(images)
            d_weights[i, :i] += error * image[:i] / len(images)
    return [d_weights.float(), d_bias.float()]


def nade_logits(images, W, c, alpha, b):
    before = torch.cumsum(images[:, :, None] * W.T, dim=1)  # [batch, D, H]
    before = torch.cat([torch.zeros_like(before[:, :1]), before[:, :-1]], dim=1)
    return (torch.sigmoid(before + c) * alpha).sum(-1) + b


def nade_sample(W, c, alpha, b, uniforms):
    images = torch.zeros(uniforms.shape)
    for i in range(uniforms.shape[1]):
        hidden = torch.sigmoid(images @ W.T + c)
        images[:, i] = (uniforms[:, i] < torch.sigmoid(hidden @ alpha[i] + b[i])).float()
    return images
