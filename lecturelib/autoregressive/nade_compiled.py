"""NADE's tied logits and their gradient as two loops compiled by numba, image by image; see `nade_fast.logits`.

The loop of `nade.NADE` for one image at a time: its hidden layer, a few hundred numbers, stays in the processor's
first cache, and is computed again only after a pixel that is 1. The backward pass undoes a ← a + W_{·,i}, as
`nade_fast.SequentialLogits` does, and adds up in another order: equal up to rounding.
"""

from typing import Any, no_type_check

import numpy as np
from numba import njit

compiled = njit(nogil=True, fastmath={"reassoc", "contract", "nnan", "ninf"}, error_model="numpy")

ONE, HALF, LIMIT = np.float32(1), np.float32(0.5), np.float32(80)
LN_2, PER_LN_2 = np.float32(np.log(2)), np.float32(1 / np.log(2))
FACTORS = tuple(np.float32(1 / k) for k in range(7, 0, -1))


@compiled
@no_type_check
def forward(x: Any, W_T: Any, c: Any, alpha: Any, b: Any, logits: Any, a_end: Any) -> None:
    """Put the logits of all pixels of `x` [batch, dim] into `logits`, and the last a of each image into `a_end`."""
    batch, dim = x.shape
    h, power = np.empty_like(c), np.empty(len(c), np.int32)
    for r in range(batch):
        a = a_end[r]
        a[:] = c
        _sigmoid(a, h, power)  # h_i = σ(W_{·,<i} x_{<i} + c)
        for i in range(dim):
            dot = np.float32(0)
            for k in range(len(h)):
                dot += h[k] * alpha[i, k]
            logits[r, i] = dot + b[i]  # p(x_i = 1 | x_{<i}) = σ(α_i^T h_i + b_i)
            if x[r, i] != 0:
                for k in range(len(h)):
                    a[k] += W_T[i, k]
                _sigmoid(a, h, power)


@compiled
@no_type_check
def backward(x: Any, W_T: Any, alpha: Any, a_end: Any, delta: Any, dW_T: Any, dc: Any, dalpha: Any) -> None:
    """Add the gradients for W^T, c and α to the last three, given those for the logits, `delta` [batch, dim]."""
    batch, dim = x.shape
    a, h, da, dh = np.empty_like(dc), np.empty_like(dc), np.empty_like(dc), np.empty_like(dc)
    power = np.empty(len(dc), np.int32)
    for r in range(batch):
        a[:], da[:], dh[:] = a_end[r], 0, 0
        _sigmoid(a, h, power)
        for i in range(dim - 1, -1, -1):
            if x[r, i] != 0:
                for k in range(len(h)):
                    da[k] += dh[k] * h[k] * (ONE - h[k])
                    dW_T[i, k] += da[k]
                    dh[k] = 0
                    a[k] -= W_T[i, k]
                _sigmoid(a, h, power)
            d = delta[r, i]
            for k in range(len(h)):
                dalpha[i, k] += d * h[k]
                dh[k] += d * alpha[i, k]
        for k in range(len(h)):
            dc[k] += da[k] + dh[k] * h[k] * (ONE - h[k])


@compiled
@no_type_check
def _sigmoid(a: Any, h: Any, power: Any) -> None:
    """h ← 1 / (1 + e^{-a}), several at a time: e^z = 2^n e^f with |f| ≤ ln(2) / 2, by the series of e^f."""
    for k in range(len(a)):
        z = min(max(-a[k], -LIMIT), LIMIT)
        n = np.floor(z * PER_LN_2 + HALF)
        f, series = z - n * LN_2, ONE
        for factor in FACTORS:
            series = ONE + series * f * factor
        h[k] = series
        power[k] = (np.int32(n) + 127) << 23  # the bits of 2^n
    scale = power.view(np.float32)
    for k in range(len(a)):
        h[k] = ONE / (ONE + h[k] * scale[k])
