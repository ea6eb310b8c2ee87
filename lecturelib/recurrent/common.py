"""What the recurrent networks share: first weights, products with the input, lengths, dropout, and checks.

Inside, time comes first, [time, batch, width], so that a step is one block of memory.
"""

from collections.abc import Callable, Iterable
from typing import Any, cast

import torch
from jaxtyping import Float, Shaped
from torch import Tensor, nn
from torch.nn.functional import dropout, embedding, linear

from lecturelib import checks


def weight(rows: int, columns: int, hidden_size: int) -> nn.Parameter:
    """Return a matrix uniform in ± 1/√hidden_size, as in torch.nn."""
    return nn.Parameter((2 * torch.rand(rows, columns) - 1) / hidden_size**0.5)


def input_projections(
    x: Shaped[Tensor, "time batch *inputs"], W: Tensor, b: Tensor
) -> Float[Tensor, "time batch rows"]:
    """Return W x + b for all times in one product; for a one-hot x it is a column of W, which is looked up.

    The result has the dtype of b, so that under autocast the state, to which it is added, stays in single precision.
    """
    a = linear(x, W, b) if x.is_floating_point() else embedding(x.long(), W.T + b)
    return a.to(b.dtype)


def valid_steps(x: Tensor, lengths: Tensor | None) -> Iterable[Tensor | None]:
    """Return for each time whether it is part of each example [batch, 1]; None for all without `lengths`."""
    time = x.shape[1]
    if lengths is None:
        return [None] * time
    return (torch.arange(time, device=x.device)[:, None] < lengths)[:, :, None].unbind(0)


def between_layers(h: Tensor, module: Any, layer: int) -> Tensor:
    """Apply dropout to the outputs of all layers but the last, while training."""
    return dropout(h, module.dropout, module.training and layer < module.num_layers - 1)


def batch_first(h: Float[Tensor, "time batch hidden_size"], lengths: Tensor | None) -> Tensor:
    """Return `h` as [batch, time, hidden_size], and 0 beyond the length of each example."""
    h = h.transpose(0, 1)
    if lengths is None:
        return h
    return h.masked_fill(torch.arange(h.shape[1], device=h.device)[:, None] >= lengths[:, None, None], 0)


def gradients_through_the_loop(ctx: Any, gradients: tuple[Tensor, ...]) -> tuple[Tensor | None, ...]:
    """Return a node's gradients with a graph of their own, from `ctx.loop`, which autograd can differentiate twice.

    The node's first argument is the loop, and its others are the first tensors that it saved.
    """
    needed = ctx.needs_input_grad[1:]
    inputs = ctx.saved_tensors[: len(needed)]
    wanted = [tensor for tensor, is_needed in zip(inputs, needed, strict=True) if is_needed]
    found = iter(torch.autograd.grad(ctx.loop(*inputs), wanted, gradients, create_graph=True))
    return None, *(next(found) if is_needed else None for is_needed in needed)


def copy_from_torch(
    ours: nn.Module, module: Any, parts: tuple[nn.ParameterList, ...], order: Callable[[Tensor], Tensor]
) -> None:
    """Copy the weights of a torch.nn module into ours, its rows rearranged by `order`; same dtype, device and mode."""
    ours.to(module.weight_hh_l0)
    with torch.no_grad():
        for layer, (W_x, W_h, b) in enumerate(zip(*parts, strict=True)):
            W_x.copy_(order(getattr(module, f"weight_ih_l{layer}")))
            W_h.copy_(order(getattr(module, f"weight_hh_l{layer}")))
            b.zero_()
            if module.bias:
                b.copy_(order(getattr(module, f"bias_ih_l{layer}") + getattr(module, f"bias_hh_l{layer}")))
    ours.train(module.training)


def copy_to_torch(
    module: Any, ours: nn.Module, parts: tuple[nn.ParameterList, ...], order: Callable[[Tensor], Tensor]
) -> None:
    """Copy our weights into a torch.nn module, the reverse of `copy_from_torch`; its second biases are 0."""
    module.to(parts[0][0])
    with torch.no_grad():
        for layer, (W_x, W_h, b) in enumerate(zip(*parts, strict=True)):
            getattr(module, f"weight_ih_l{layer}").copy_(order(W_x))
            getattr(module, f"weight_hh_l{layer}").copy_(order(W_h))
            getattr(module, f"bias_ih_l{layer}").copy_(order(b))
            getattr(module, f"bias_hh_l{layer}").zero_()
    module.train(ours.training)


def check_module(module: object, kind: type) -> None:
    """Raise unless `module` is a torch.nn module of that kind, in one direction and without projections."""
    if not isinstance(module, kind):
        raise TypeError(f"module: expected a torch.nn.{kind.__name__}, got {type(module).__name__}")
    assert isinstance(module, nn.RNNBase)
    if module.bidirectional or module.proj_size:
        got = "bidirectional=True" if module.bidirectional else f"proj_size={module.proj_size}"
        raise ValueError(
            f"module: expected a torch.nn.{kind.__name__} with bidirectional=False and proj_size=0, got {got}"
        )


def check_indices(name: str, x: object, options: int, shape: str, like: Tensor) -> None:
    """Raise unless `x` is a non-empty integer tensor of the dimensions named in `shape`, from 0 to options - 1."""
    if not isinstance(x, Tensor):
        raise TypeError(f"{name}: expected an integer tensor {shape}, got {type(x).__name__}")
    if x.dtype not in checks.INTEGERS:
        raise TypeError(f"{name}: expected integers from 0 to {options - 1}, got dtype {x.dtype}")
    if x.dim() != shape.count(",") + 1 or not x.numel():
        raise ValueError(f"{name}: expected shape {shape}, not empty, got {list(x.shape)}")
    if x.device != like.device:
        raise ValueError(f"{name}: expected a tensor on {like.device} (the model's), got one on {x.device}")
    if not checks.can_read(x):
        return
    low, high = checks.lowest_and_highest(x)
    if low < 0 or high >= options:
        raise ValueError(f"{name}: expected integers from 0 to {options - 1}, got {low} to {high}")


def check_inputs(module: Any, like: Tensor, x: object, state: object, lengths: object, parts: str = "") -> None:
    """Raise unless `x`, `state` and `lengths` fit `module` and its weight `like`; `parts` names a state's tensors."""
    check_sequences(x, module.input_size, like, lengths)
    shape = (module.num_layers, len(cast(Tensor, x)), module.hidden_size)
    if state is None:
        return
    if not parts:
        _check_state("state", state, shape, like)
        return
    if not isinstance(state, tuple) or len(state) != len(parts):
        got = f"a tuple of {len(state)}" if isinstance(state, tuple) else type(state).__name__
        raise TypeError(f"state: expected a tuple ({', '.join(parts)}) or None, got {got}")
    for k, (name, part) in enumerate(zip(parts, state, strict=True)):
        _check_state(f"state[{k}], the {name}", part, shape, like)


def check_sequences(x: object, input_size: int, like: Tensor, lengths: object) -> None:
    """Raise unless `x` is a batch of sequences, of vectors or of integers, and `lengths` theirs or None."""
    if isinstance(x, Tensor) and x.dtype in checks.INTEGERS:
        check_indices("x", x, input_size, "[batch, time]", like)
    else:
        _check_vectors(x, input_size, like)
    if lengths is None:
        return
    batch, time = cast(Tensor, x).shape[:2]
    check_indices("lengths", lengths, time + 1, "[batch]", like)
    assert isinstance(lengths, Tensor)
    if len(lengths) != batch or (checks.can_read(lengths) and lengths.min() < 1):
        got = f"{len(lengths)}"
        if checks.can_read(lengths):
            got += f" from {int(lengths.min())} to {int(lengths.max())}"
        raise ValueError(f"lengths: expected {batch} integers from 1 to {time}, got {got}")


def _check_vectors(x: object, input_size: int, like: Tensor) -> None:
    if not isinstance(x, Tensor):
        hint = "; give the padded sequences, and `lengths`" if isinstance(x, nn.utils.rnn.PackedSequence) else ""
        raise TypeError(f"x: expected a tensor [batch, time, {input_size}], got {type(x).__name__}{hint}")
    if x.dim() != 3 or x.shape[2] != input_size or not x.numel():
        raise ValueError(f"x: expected shape [batch, time, {input_size}], not empty, got {list(x.shape)}")
    _check_like("x", x, like)


def _check_state(name: str, state: object, shape: tuple[int, int, int], like: Tensor) -> None:
    expected = "[num_layers, batch, hidden_size]"
    if not isinstance(state, Tensor):
        raise TypeError(f"{name}: expected a tensor {expected} or None, got {type(state).__name__}")
    if state.shape != shape:
        raise ValueError(f"{name}: expected shape {expected} = {list(shape)}, got {list(state.shape)}")
    _check_like(name, state, like)


def _check_like(name: str, x: Tensor, like: Tensor) -> None:
    if x.dtype != like.dtype and not checks.autocast_enabled(like):
        raise TypeError(f"{name}: expected dtype {like.dtype} (the model's), got {x.dtype}")
    if x.device != like.device:
        raise ValueError(f"{name}: expected a tensor on {like.device} (the model's), got one on {x.device}")
    # A finite sum says it in one pass; an infinite one may still be of finite numbers.
    if checks.can_read(x) and not x.sum().isfinite() and not x.isfinite().all():
        count = int((~torch.isfinite(x)).sum())
        raise ValueError(f"{name}: expected finite values, got {count} that are NaN or infinite")
