"""The format between the tests and a student's process: a JSON header and raw tensor bytes, which cannot execute.

What travels::

    message  = length of the header (4 bytes), length of the bytes (8 bytes), header, bytes
    header   = JSON; numbers, strings and None stand for themselves, all else is an object with one key:
               {"list": [...]}  {"tuple": [...]}  {"dict": [[key, value], ...]}  {"tensor": [dtype, shape, start, size]}
               {"generator": tensor}  {"dtype": name}  {"object": [number, type]}

This file also runs inside the sandbox, where there is no `lecturelib`: it imports torch and the standard library only.
The side of the tests trusts nothing that it decodes: sizes, types, depth and places are checked first.
"""

import json
from collections.abc import Callable
from typing import Any, NoReturn

import torch

LENGTHS = 12  # bytes in front of a message
MAX_HEADER = 4_000_000
MAX_BYTES = 64_000_000
MAX_DEPTH = 16
DTYPES = {
    name: getattr(torch, name)
    for name in ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64")
}


def type_name(value: Any) -> str:
    """Return what an object is called that cannot travel."""
    dtype = f" of {str(value.dtype).removeprefix('torch.')}" if isinstance(value, torch.Tensor) else ""
    return str(type(value).__name__)[:100] + dtype


def no_input(*args: object, **kwargs: object) -> NoReturn:
    """Stand for `input` while a function is tested."""
    raise RuntimeError("input: nobody can type an answer while a function is tested; pass the value as an argument")


def no_breakpoint(*args: object, **kwargs: object) -> NoReturn:
    """Stand for `breakpoint` while a function is tested."""
    raise RuntimeError("breakpoint: nobody can debug while a function is tested; call it in a cell of its own")


class WireError(Exception):
    """A message is not in the format, or too large."""


def pack(header: dict[str, Any], pieces: list[bytes]) -> bytes:
    """Return the message with this header, whose tensors lie in `pieces`, one after the other.

    Raises:
        WireError: it is too large.

    """
    text = json.dumps(header).encode()
    size = sum(map(len, pieces))
    if len(text) > MAX_HEADER or size > MAX_BYTES:
        raise WireError(f"expected at most {MAX_BYTES // 10**6} MB, got {(len(text) + size) / 1e6:.0f} MB")
    return len(text).to_bytes(4, "big") + size.to_bytes(8, "big") + text + b"".join(pieces)


def lengths(start: bytes) -> tuple[int, int]:
    """Return the lengths of header and bytes, from the first 12 bytes of a message.

    Raises:
        WireError: they are longer than allowed.

    """
    header, size = int.from_bytes(start[:4], "big"), int.from_bytes(start[4:LENGTHS], "big")
    if header > MAX_HEADER or size > MAX_BYTES:
        raise WireError(f"expected at most {MAX_BYTES // 10**6} MB, got {(header + size) / 1e6:.0f} MB")
    return header, size


def parse(text: bytes) -> dict[str, Any]:
    """Return the header.

    Raises:
        WireError: it is not a JSON object.

    """
    try:
        header = json.loads(text)
    except (ValueError, RecursionError):
        raise WireError("expected a message in the agreed format, got something else") from None
    if not isinstance(header, dict):
        raise WireError("expected a message in the agreed format, got something else")
    return header


def encode(value: Any, pieces: list[bytes], keep: Callable[[Any], list[Any]], depth: int = 0) -> Any:
    """Return the JSON that encodes `value`; the bytes of its tensors are appended to `pieces`.

    Args:
        value: numbers, strings, None, tensors, generators of torch, and lists, tuples and dictionaries of these.
        pieces: bytes so far.
        keep: called with anything else; returns its number and the name of its type.
        depth: of nesting so far.

    Raises:
        WireError: it is nested too deeply.

    """
    if depth > MAX_DEPTH:
        raise WireError(f"expected at most {MAX_DEPTH} levels of nesting, got more")
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return int(value) if isinstance(value, int) else float(value)
    if isinstance(value, list | tuple):
        items = [encode(item, pieces, keep, depth + 1) for item in value]
        return {"list" if isinstance(value, list) else "tuple": items}
    if isinstance(value, dict):
        return {"dict": [[encode(part, pieces, keep, depth + 1) for part in pair] for pair in value.items()]}
    if isinstance(value, torch.dtype):
        return {"dtype": str(value).removeprefix("torch.")}
    if isinstance(value, torch.Generator):
        return {"generator": encode(value.get_state(), pieces, keep)}
    if type(value).__module__ == "numpy" and hasattr(value, "__array__"):
        value = value.item() if getattr(value, "ndim", 1) == 0 else torch.from_numpy(value.copy())
        return encode(value, pieces, keep, depth + 1)
    if isinstance(value, torch.Tensor) and str(value.dtype).removeprefix("torch.") in DTYPES:
        return {"tensor": _tensor(value, pieces)}
    return {"object": keep(value)}


def _tensor(value: torch.Tensor, pieces: list[bytes]) -> list[Any]:
    flat = value.detach().cpu().resolve_neg().contiguous().reshape(-1)
    if flat.numel() * flat.element_size() > MAX_BYTES:
        raise WireError(f"expected at most {MAX_BYTES // 10**6} MB, got a tensor of {list(value.shape)}")
    piece = flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b""
    start = sum(map(len, pieces))
    pieces.append(piece)
    return [str(value.dtype).removeprefix("torch."), list(value.shape), start, len(piece)]


def decode(tree: Any, data: bytes, found: Callable[[int, str], Any], depth: int = 0) -> Any:
    """Return the value that a header encodes.

    Args:
        tree: the JSON.
        data: the message's bytes.
        found: called with number and type of an object that stayed on the other side; returns its stand-in.
        depth: of nesting so far.

    Raises:
        WireError: it is not in the format.

    """
    if tree is None or isinstance(tree, bool | int | float | str):
        return tree
    if not isinstance(tree, dict) or len(tree) != 1 or depth > MAX_DEPTH:
        raise WireError("expected a value in the agreed format, got something else")
    ((kind, content),) = tree.items()
    try:
        if kind in ("list", "tuple") and isinstance(content, list):
            items = [decode(item, data, found, depth + 1) for item in content]
            return items if kind == "list" else tuple(items)
        if kind == "dict":
            return {decode(k, data, found, depth + 1): decode(v, data, found, depth + 1) for k, v in content}
        if kind == "tensor":
            return _read_tensor(content, data)
        if kind == "generator":
            generator = torch.Generator()
            generator.set_state(_read_tensor(content["tensor"], data))
            return generator
        if kind == "dtype":
            return DTYPES[content]
        if kind == "object":
            number, name = content
            if type(number) is int and isinstance(name, str):
                return found(number, name)
    except (TypeError, ValueError, KeyError, RuntimeError):
        pass
    raise WireError("expected a value in the agreed format, got something else")


def _read_tensor(content: list[Any], data: bytes) -> torch.Tensor:
    name, shape, start, size = content
    dtype, count = DTYPES[name], 1
    if not isinstance(shape, list) or len(shape) > MAX_DEPTH or any(type(n) is not int or n < 0 for n in shape):
        raise ValueError(shape)
    for n in shape:
        count *= n
    if type(start) is not int or type(size) is not int or start < 0 or start + size > len(data):
        raise ValueError(start)
    if size != count * dtype.itemsize:
        raise ValueError(size)
    if not count:
        return torch.empty(shape, dtype=dtype)
    raw = bytearray(data[start : start + size])
    if dtype is torch.bool:  # a byte that is neither 0 nor 1 would be undefined behaviour
        return torch.frombuffer(raw, dtype=torch.uint8).ne(0).reshape(shape)
    return torch.frombuffer(raw, dtype=dtype).reshape(shape)
