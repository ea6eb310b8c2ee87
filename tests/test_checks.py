"""The checks of arguments: what passes, what is returned, the words of each error; and when values may be read."""

import numpy as np
import pytest
import torch
from torch._subclasses import FakeTensorMode

from lecturelib import checks

BINARY = torch.tensor([[0.0, 1.0], [1.0, 1.0]])
WRONG = torch.tensor([[0.0, 1.0], [0.5, 1.0]])


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3), np.int16(3)])
def test_integers_of_python_and_numpy(value):
    for got in (checks.positive_int("n", value), checks.integer_between("n", value, 3, 3)):
        assert got == 3
        assert type(got) is int


@pytest.mark.parametrize("value", [0.25, np.float32(0.25), np.float64(0.25), np.float16(0.25)])
def test_numbers_of_python_and_numpy(value):
    for got in (checks.number("p", value), checks.number("p", value, 0.25, 0.25), checks.probability("p", value)):
        assert got == 0.25
        assert type(got) is float
    assert checks.number("p", np.int64(2), low=0) == 2


@pytest.mark.parametrize(
    ("bounds", "good", "bad", "words"),
    [
        ({}, -5, float("nan"), "p: expected a finite number, got nan"),
        ({}, 5, float("inf"), "p: expected a finite number, got inf"),
        ({"low": 0}, 0, -1, "p: expected a finite number of at least 0, got -1"),
        ({"low": 0}, 1e9, float("inf"), "p: expected a finite number of at least 0, got inf"),
        ({"above": 0}, 1e-30, 0, "p: expected a finite number above 0, got 0"),
        ({"low": 0, "high": 1}, 1, 1.5, "p: expected a number from 0 to 1, got 1.5"),
        ({"low": 0, "below": 1}, 0, 1, "p: expected a finite number of at least 0 and below 1, got 1"),
        ({"above": 0, "high": 1}, 1, 0, "p: expected a finite number above 0 and at most 1, got 0"),
    ],
)
def test_bounds_of_numbers(bounds, good, bad, words):
    assert checks.number("p", good, **bounds) == good
    with pytest.raises(ValueError, match=words.replace("+", r"\+") + "$"):
        checks.number("p", bad, **bounds)


@pytest.mark.parametrize("value", [True, np.bool_(True), "1", None, torch.tensor(1.0), [1], 1j])
def test_what_is_not_a_number(value):
    with pytest.raises(TypeError, match=r"p: expected a finite number, got .*\("):
        checks.number("p", value)
    with pytest.raises(TypeError, match=r"p: expected a number in \[0, 1\], got"):
        checks.probability("p", value)
    with pytest.raises(TypeError, match="n: expected a positive integer, got"):
        checks.positive_int("n", value)
    with pytest.raises(TypeError, match="n: expected an integer from 0 to 5, got"):
        checks.integer_between("n", value, 0, 5)


def test_out_of_range():
    with pytest.raises(ValueError, match="n: expected a positive integer, got 0"):
        checks.positive_int("n", np.int64(0))
    with pytest.raises(ValueError, match="n: expected an integer from 0 to 5, got 6"):
        checks.integer_between("n", 6, 0, 5)
    with pytest.raises(ValueError, match=r"p: expected a number in \[0, 1\], got nan"):
        checks.probability("p", float("nan"))
    with pytest.raises(ValueError, match="kind: expected one of a, b, got 'c'"):
        checks.one_of("kind", "c", ["a", "b"])


def checked(x: torch.Tensor) -> torch.Tensor:
    checks.binary_matrix("x", x, width=2, like=x)
    return x.sum()


def test_values_are_read_on_a_cpu():
    assert checks.can_read(BINARY)
    checked(BINARY)
    with pytest.raises(ValueError, match=r"x: expected values in \{0, 1\}, got 0.5 at \[1, 0\]"):
        checked(WRONG)


def test_values_are_not_read_under_transformations():
    """Each gives what the plain call gives without the check; a read there would raise."""
    assert torch.func.vmap(lambda x: checked(x[None]))(WRONG).tolist() == WRONG.sum(dim=1).tolist()
    assert torch.equal(torch.func.grad(checked)(WRONG), torch.ones(2, 2))
    assert torch.func.vmap(torch.func.grad(lambda x: checked(x[None])))(WRONG).tolist() == [[1, 1], [1, 1]]


def test_sparse_tensors_are_refused_before_their_values_are_read():
    x = torch.eye(3, dtype=torch.int64).to_sparse()
    for read in (checks.can_read, checks.lowest_and_highest):
        with pytest.raises(TypeError, match=r"expected a dense tensor, got one of layout torch.sparse_coo"):
            read(x)


def test_values_are_not_read_without_values():
    assert checked(WRONG.to("meta")).device.type == "meta"
    with FakeTensorMode() as mode:
        assert checked(mode.from_tensor(WRONG)).shape == ()
    with checks.on_every_device():
        assert checked(WRONG.to("meta")).device.type == "meta"


@pytest.mark.filterwarnings("ignore")
def test_values_are_not_read_while_compiling():
    """One graph without a break (`fullgraph`), compiled and exported."""
    torch._dynamo.reset()
    assert torch.compile(checked, backend="eager", fullgraph=True)(WRONG) == WRONG.sum()

    class Sum(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return checked(x)

    for strict in (True, False):
        exported = torch.export.export(Sum(), (WRONG,), strict=strict)
        assert exported.module()(BINARY) == BINARY.sum()


def test_on_every_device(monkeypatch):
    """A device that holds values is read within the context, and not otherwise; the context ends with an error, too."""

    class Far(torch.Tensor):
        @property
        def device(self) -> torch.device:  # type: ignore[override]
            return torch.device("cuda")

    x = WRONG.as_subclass(Far)
    assert not checks.can_read(x)
    with checks.on_every_device():
        assert checks.can_read(x)
    with pytest.raises(KeyError), checks.on_every_device():
        raise KeyError
    assert not checks.can_read(x)


def test_images():
    x = torch.rand(2, 3, 4, 4)
    checks.images("x", x)
    checks.images("x", x, channels=3)
    checks.images("x", 5 * x.to("meta"))
    with pytest.raises(TypeError, match=r"x: expected floats in \[0, 1\], got torch\.uint8; write x / 255 for bytes"):
        checks.images("x", (255 * x).byte())
    with pytest.raises(
        ValueError, match=r"x: expected shape \[n, 1, height, width\], none of them 0, got \[2, 3, 4, 4\]"
    ):
        checks.images("x", x, channels=1)
    with pytest.raises(ValueError, match=r"x: expected values in \[0, 1\], got"):
        checks.images("x", 2 * x - 1)
    x[0, 0, 0, 0] = float("nan")
    with pytest.raises(ValueError, match=r"x: expected values in \[0, 1\], got"):
        checks.images("x", x)


@pytest.mark.parametrize("value", [(0.1, 1), [np.float32(0.5), 1.0], np.array([0.25, 1.0]), iter([0.5, 1.0])])
def test_ranges(value):
    low, high = checks.interval("scale", value, highest=1)
    assert type(low) is type(high) is float
    assert 0 < low <= high == 1


@pytest.mark.parametrize(
    ("value", "error"),
    [
        *((value, TypeError) for value in (None, 1, "12", b"12", {1, 2}, {1: 2, 2: 3}, (), (1,), (1, 2, 3))),
        *((value, TypeError) for value in ((None, 1), ("1", "2"), (True, 1), [[1, 2]])),
        *((value, ValueError) for value in ((0, 1), (2, 1), (1, 3), (float("nan"), 1), (1, float("nan")), (-1, 1))),
    ],
)
def test_what_is_no_range(value, error):
    with pytest.raises(error, match=r"^scale: expected (two numbers, )?0 < low <= high <= 2, got "):
        checks.interval("scale", value, highest=2)
    with pytest.raises(ValueError, match="sigma: expected 0 < low <= high, got"):
        checks.interval("sigma", (1, float("inf")))


def test_floats():
    x = torch.rand(2, 3, 4)
    for shape in ((2, 3, 4), ("n", 3, "time"), ("...", 4), ("...", 2, 3, 4), (2, "..."), ("n", "...", "time")):
        checks.floats("x", x, *shape)
    wrong_shapes: list[tuple[int | str, ...]] = [(2, 3), ("n", 3, 5), ("...", 3), (3, "..."), (2, 3, 4, "k", "...")]
    for wrong_shape in wrong_shapes:
        with pytest.raises(ValueError, match=r"x: expected shape \[.*\], none of them 0, got \[2, 3, 4\]"):
            checks.floats("x", x, *wrong_shape)
    with pytest.raises(ValueError, match=r"none of them 0, got \[0, 3, 4\]"):
        checks.floats("x", x[:0], "...")
    for wrong, words in {None: "NoneType", 1: "int"}.items():
        with pytest.raises(TypeError, match=rf"x: expected floats \[\.\.\.\], got {words}"):
            checks.floats("x", wrong, "...")
    for kind, hint in {
        torch.uint8: "; write x / 255 for bytes",
        torch.bool: r"; write x.float\(\) for booleans",
    }.items():
        with pytest.raises(TypeError, match=f"got {kind} .*{hint}"):
            checks.floats("x", x.to(kind), "...")
    with pytest.raises(TypeError, match=r"torch\.sparse_coo"):
        checks.floats("x", x.to_sparse(), "...")
    for like in (x.double(), x.to("meta")):
        with pytest.raises(TypeError, match=f"x: expected {like.dtype} on {like.device}, got torch.float32 on cpu"):
            checks.floats("x", x, "...", like=like)
    with torch.autocast("cpu"):  # where the operators change the types themselves
        checks.floats("x", x, "...", like=x.bfloat16())
