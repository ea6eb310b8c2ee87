"""The training loop's data, checkpoints and surroundings: loaders, resumed and longer runs, what is left as it was."""

import numpy as np
import pytest
import torch
from accelerate import Accelerator  # type: ignore[import-untyped]
from accelerate.state import AcceleratorState, GradientState, PartialState  # type: ignore[import-untyped]
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from training_setup import assert_refused, setup, trained

from lecturelib import checks
from lecturelib.training import fit


def groups(*rates):
    """An optimizer with a group of its own for each rate, given to the weights and to the biases."""

    def make(parameters):
        parts = list(parameters)
        return torch.optim.SGD([{"params": parts[k :: len(rates)], "lr": rate} for k, rate in enumerate(rates)], lr=1)

    return make


def warm(value):
    """An optimizer that starts with a momentum."""

    def make(parameters):
        made = torch.optim.SGD(parameters, 0.01, momentum=0.9)
        for group in made.param_groups:
            for p in group["params"]:
                made.state[p]["momentum_buffer"] = torch.full_like(p, value)
        return made

    return make


@pytest.mark.parametrize(
    ("first", "then", "named"),
    [
        (dict(schedule=None), dict(schedule=lambda p: 0.0), r"schedule=\[0\.0, .*, got schedule=None"),
        (dict(schedule=lambda p: 1 - p), dict(schedule=lambda p: 1 - p / 2), "schedule="),
        (dict(optimizer=groups(0.1)), dict(optimizer=groups(1e-4)), r"group 0: lr=.0\.0001.*, got group 0: lr='0\.1"),
        (dict(optimizer=groups(0.1)), dict(optimizer=groups(0.1, 0.1)), "group 0: shapes="),
        (dict(optimizer=groups(0.1, 0.2)), dict(optimizer=groups(0.1)), "group 1: lr=None, got group 1: lr='0.2"),
        (dict(optimizer=warm(0.0)), dict(optimizer=warm(1.0)), "optimizer state="),
        (dict(), dict(epochs=5), "epochs=5, got epochs=4"),
    ],
)
def test_a_checkpoint_of_another_schedule_or_optimizer_is_refused(tmp_path, first, then, named):
    path = str(tmp_path / "a.checkpoint")
    trained(checkpoint=path, **first)
    with pytest.raises(ValueError, match=rf"^checkpoint: expected .* to be of a run with .*{named}"):
        trained(checkpoint=path, **(first | then))
    trained(checkpoint=path, **first)


def test_more_epochs_from_a_finished_checkpoint(tmp_path):
    """Without a schedule they end where the unbroken run ends; fewer than there are is an error."""
    whole, expected = trained(schedule=None, epochs=4, optimizer=warm(0.5))
    for epochs in (2, 3, 4):
        weights, history = trained(
            schedule=None, epochs=epochs, optimizer=warm(0.5), checkpoint=str(tmp_path / "a.checkpoint")
        )
    assert torch.equal(weights, whole)
    assert history.train == expected.train
    with pytest.raises(ValueError, match=r"^epochs: expected at least the 4 of .*, got 3"):
        trained(schedule=None, epochs=3, optimizer=warm(0.5), checkpoint=str(tmp_path / "a.checkpoint"))


def test_a_run_with_numpys_numbers_is_resumed(plain_errors, tmp_path):
    numbers = dict(epochs=np.int64(2), batch_size=np.int32(8), seed=np.int64(3), clip=np.float32(1))
    arguments = dict(checkpoint=tmp_path / "a", schedule=None, **numbers)
    _, history = trained(**arguments)
    assert trained(**arguments)[1].train == history.train  # from the checkpoint


def loader(data, **options):
    return DataLoader(TensorDataset(*data), batch_size=8, **options)


class Stream:
    """Batches without a length."""

    def __init__(self, data):
        self.data = data

    def __iter__(self):
        yield from zip(*(part.split(8) for part in self.data), strict=True)


def test_batches_of_a_loader_and_of_a_stream_train_as_their_tensors():
    """A batch of the whole set has no order; a loader without shuffling gives its batches as they are."""
    *_, data, _ = setup()
    whole, expected = trained(batch_size=64)
    everything = DataLoader(TensorDataset(*data), batch_size=64, shuffle=True)
    weights, history = trained(train=everything, batch_size=None)
    torch.testing.assert_close(weights, whole)
    assert history.train == pytest.approx(expected.train)
    one, first = trained(train=loader(data), batch_size=None, schedule=None, valid=loader(data))
    other, second = trained(train=Stream(data), batch_size=None, schedule=None, valid=data)
    assert torch.equal(one, other)
    assert first.valid == pytest.approx(second.valid)
    assert first.steps == second.steps == 32


@pytest.mark.parametrize("generator", [None, torch.Generator()])
def test_a_stopped_run_on_a_shuffling_loader_is_resumed(tmp_path, generator):
    """The order of an epoch comes from the seed and the epoch; random states, torch's and its own, are left alone."""
    _, loss, data, _ = setup()
    shuffling = loader(data, shuffle=True, generator=generator)
    own = torch.empty(0) if generator is None else generator.get_state()
    whole, expected = trained(train=shuffling, batch_size=None)
    calls = iter(range(1000))

    def breaking(model, batch):
        if next(calls) == 13:
            raise KeyboardInterrupt
        return loss(model, batch)

    with pytest.raises(KeyboardInterrupt):
        trained(train=shuffling, batch_size=None, loss=breaking, checkpoint=tmp_path / "a", checkpoint_seconds=0)
    state = torch.get_rng_state()
    weights, history = trained(train=shuffling, batch_size=None, checkpoint=tmp_path / "a")
    assert torch.equal(torch.get_rng_state(), state)
    assert generator is None or torch.equal(generator.get_state(), own)
    assert torch.equal(weights, whole)
    assert history.train == expected.train


def test_the_callback_sees_every_epoch(tmp_path):
    seen = []
    model, loss, data, arguments = setup()
    fit(
        model,
        loss,
        data,
        data,
        on_epoch=lambda h, m: seen.append((len(h.train), len(h.valid), m is model)),
        **arguments,
    )
    assert seen == [(1, 1, True), (2, 2, True), (3, 3, True), (4, 4, True)]


def test_a_callback_that_changes_mode_and_random_state_changes_no_weights():
    def meddle(history, model):
        model.eval()
        torch.rand(3)

    plain, _ = trained()
    meddled, _ = trained(on_epoch=meddle)
    assert torch.equal(plain, meddled)


@pytest.mark.parametrize("with_valid", [False, True])
def test_modes_and_accelerate_are_left_as_they_were(with_valid):
    """A frozen part in eval mode, a user's own Accelerator of another precision, and none at all."""
    model, loss, data, arguments = setup(dropout=0.5)
    model.train()
    model[2].eval()
    for state in (AcceleratorState, GradientState, PartialState):
        state._shared_state.clear()
    fit(model, loss, data, data if with_valid else None, **arguments)
    assert [m.training for m in model] == [True, True, False, True]
    assert not AcceleratorState._shared_state
    assert not PartialState._shared_state
    mine = Accelerator(mixed_precision="bf16")
    fit(model.eval(), loss, data, data if with_valid else None, **arguments)
    assert not any(m.training for m in model)
    assert mine.mixed_precision == "bf16"
    assert Accelerator(mixed_precision="bf16").mixed_precision == "bf16"
    with pytest.raises(FloatingPointError):
        fit(model, lambda m, b: loss(m, b) * float("nan"), data, **arguments)
    assert mine.mixed_precision == "bf16"
    assert not model.training


def test_values_of_the_first_batch_are_checked_on_every_device():
    model, loss, data, arguments = setup()
    forced = []

    def watched(model, batch):
        forced.append(checks._ON_EVERY_DEVICE.get())
        return loss(model, batch)

    fit(model, watched, data, **arguments)
    assert forced == [True] + 31 * [False]


WRONG = [
    (
        dict(loss=lambda m, b: (m(b[0]) - b[1]).square()),
        ValueError,
        "loss: expected one number, the mean over the batc",
    ),
    (dict(loss=lambda m, b: 1.0), ValueError, "loss: expected one number, the mean over the batch, got float"),
    (dict(loss=lambda m, b: b[1].mean()), ValueError, "loss: expected one that depends on a trainable parameter"),
    (dict(optimizer=torch.optim.LBFGS), ValueError, "optimizer: expected one that steps without a closure, got LBFGS"),
    (
        dict(optimizer=torch.optim.SGD([torch.ones(1)], 1)),
        TypeError,
        "optimizer: expected a function from parameters",
    ),
    (dict(optimizer=list), TypeError, "optimizer: expected a function that returns an optimizer, got list from it"),
    (dict(schedule=torch.optim.lr_scheduler.OneCycleLR), TypeError, "schedule: expected a function from progress in"),
    (dict(schedule=0.5), TypeError, "schedule: expected a function from progress in [0, 1) to a factor, such as"),
    (dict(schedule=lambda p: None), TypeError, "schedule(0): expected a finite number of at least 0, got None"),
    (dict(schedule=lambda p: float("nan")), ValueError, "schedule(0): expected a finite number of at least 0, got nan"),
    (dict(model=nn.Linear), TypeError, "model: expected a torch.nn.Module, got Linear"),
    (
        dict(loss=nn.MSELoss()),
        TypeError,
        "loss: expected a function of the model and a batch, got MSELoss; write",
    ),
    (dict(loss=None), TypeError, "loss: expected a function of the model and a batch, got NoneType"),
    (dict(on_epoch=3), TypeError, "on_epoch: expected a function of history and model, or None, got int"),
    (dict(checkpoint="a\0"), ValueError, "checkpoint: expected the path of a file, got"),
    (dict(train=torch.ones(8, 3, device="meta")), ValueError, "train: expected tensors with values, got one on the"),
    (dict(clip=0), ValueError, "clip: expected a finite number above 0, got 0"),
    (dict(seed=0.5), TypeError, "seed: expected an integer from 0 to "),
    (dict(checkpoint=3), TypeError, "checkpoint: expected a path or None, got 3 (int)"),
    (dict(train=(x for x in [1]), batch_size=None), TypeError, "train: expected an iterable that can be read again"),
    (
        dict(train=loader([torch.ones(8, 3)])),
        ValueError,
        "batch_size: expected None for an iterable, which has",
    ),
    (dict(batch_size=None), TypeError, "batch_size: expected a positive integer, got None"),
    (
        dict(train=Stream([torch.ones(8, 3)]), batch_size=None),
        ValueError,
        "schedule: expected None for an iterable",
    ),
    (
        dict(train=Stream([]), batch_size=None, schedule=None),
        ValueError,
        "train: expected batches in every epoch",
    ),
]


@pytest.mark.parametrize(("change", "kind", "message"), WRONG)
def test_errors_in_words(plain_errors, change, kind, message):
    assert_refused(change, kind, message)
