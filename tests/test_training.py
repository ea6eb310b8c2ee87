"""The training loop: against a loop written out by hand, stopped and resumed, with bad input."""

from collections import OrderedDict

import pytest
import torch
from torch import nn
from training_setup import assert_refused, setup

from lecturelib.training import fit


def test_equals_the_loop_written_out():
    """Same order, same Adam, same schedule: the same weights to the last bit."""
    model, loss, (x, y), arguments = setup()
    history = fit(model, loss, (x[:48], y[:48]), **arguments)
    plain, *_ = setup()
    optimizer = torch.optim.Adam(plain.parameters())
    losses = []
    for epoch in range(4):
        order = torch.randperm(48, generator=torch.Generator().manual_seed(3 * 1_000_003 + epoch))
        for step, rows in enumerate(order.split(8)):
            optimizer.param_groups[0]["lr"] = 1e-3 * (1 - (epoch * 6 + step) / 24)
            optimizer.zero_grad()
            value = loss(plain, (x[rows], y[rows]))
            value.backward()
            optimizer.step()
            losses.append(value.item())
    for a, b in zip(model.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-7)
    assert history.train == pytest.approx([sum(losses[e * 6 : e * 6 + 6]) / 6 for e in range(4)])
    assert history.steps == 24


def test_keeps_the_best_weights_and_stops_early():
    """A large step size makes validation rise after a while; the kept weights are those of the lowest epoch."""
    model, loss, (x, y), arguments = setup()
    arguments |= dict(epochs=60, optimizer=lambda p: torch.optim.Adam(p, 0.3), patience=3, schedule=None)
    history = fit(model, loss, (x[:16], y[:16]), (x[16:], y[16:]), **arguments)
    assert history.best_valid == min(history.valid) == history.valid[history.best_epoch]
    assert len(history.valid) == history.best_epoch + 1 + 3 < 60
    model.eval()
    assert loss(model, (x[16:], y[16:])).item() == pytest.approx(history.best_valid, rel=1e-5)


def test_a_tensor_instead_of_a_tuple_and_a_clipped_gradient():
    weight = nn.Linear(1, 1, bias=False)
    weight.weight.data.zero_()
    data = torch.full((4, 1), 100.0)
    fit(
        weight,
        lambda model, x: -model(x).mean(),
        data,
        epochs=1,
        batch_size=4,
        clip=1.0,
        optimizer=lambda p: torch.optim.SGD(p, 1.0),
    )
    assert weight.weight.item() == pytest.approx(1.0, abs=1e-4)


def test_a_sparse_gradient_of_a_table_trains_as_the_dense_one():
    torch.sparse.check_sparse_tensor_invariants.disable()
    x, trained = torch.randint(5, (12, 3), generator=torch.Generator().manual_seed(0)), []
    for sparse in (False, True):
        table = nn.Embedding(6, 2, sparse=sparse, _weight=torch.arange(12.0).view(6, 2))
        fit(
            table,
            lambda table, x: table(x).square().mean(),
            x,
            epochs=2,
            batch_size=4,
            optimizer=lambda p: torch.optim.Adagrad(p, 0.1),
        )
        trained.append(table.weight.detach())
    torch.testing.assert_close(*trained)
    assert trained[0][5].tolist() == [10, 11]  # no example has it


def test_nan_in_a_gradient_names_the_step_and_in_validation_the_epoch():
    model, loss, data, arguments = setup()
    calls = iter(range(100))

    def steep(model, batch):
        value = loss(model, batch)
        return value + (value * 0).sqrt() if next(calls) == 4 else value  # the root has no slope at 0

    with pytest.raises(FloatingPointError, match=r"^gradient norm: .* got nan at step 4 \(epoch 1"):
        fit(model, steep, data, **arguments)
    model, loss, data, arguments = setup()
    bad = tuple(part * float("nan") for part in data)
    with pytest.raises(FloatingPointError, match=r"^validation loss: expected a finite value, got nan at epoch 1"):
        fit(model, loss, data, bad, **arguments)


def test_a_fit_leaks_no_random_state_and_its_noise_comes_from_the_seed():
    torch.manual_seed(3)
    expected = torch.rand(2)
    weights = []
    for seed in (3, 3, 4):
        model, loss, data, arguments = setup(dropout=0.5)
        torch.manual_seed(3)
        fit(model, loss, data, **(arguments | {"seed": seed, "batch_size": 64}))
        assert torch.equal(torch.rand(2), expected)
        weights.append(torch.cat([p.detach().flatten() for p in model.parameters()]))
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_bf16_trains_nearly_as_float32():
    model, loss, data, arguments = setup()
    exact = fit(model, loss, data, **arguments).train
    model, loss, data, arguments = setup()
    assert fit(model, loss, data, precision="bf16", **arguments).train == pytest.approx(exact, rel=0.05)


@pytest.mark.parametrize("bad_step", [0, 5])
def test_nan_names_the_step(bad_step):
    model, loss, data, arguments = setup()
    calls = iter(range(100))
    with pytest.raises(
        FloatingPointError, match=rf"^loss: expected a finite value, got nan at step {bad_step} \(epoch 1"
    ):
        fit(model, lambda m, b: loss(m, b) * (float("nan") if next(calls) == bad_step else 1), data, **arguments)


BAD = [
    (dict(epochs=0), ValueError, "epochs: expected a positive integer, got 0"),
    (dict(batch_size=-1), ValueError, "batch_size: expected a positive integer, got -1"),
    (dict(batch_size=2.0), TypeError, "batch_size: expected a positive integer, got 2.0 (float)"),
    (dict(patience=2), ValueError, "patience: expected None without `valid`"),
    (dict(precision="int3"), ValueError, "precision: expected one of no, bf16, got 'int3'"),
    (dict(train=[1, 2]), TypeError, "train: expected a tensor [examples, ...], a tuple of them, or a DataLoader, got"),
    (
        dict(train=torch.zeros(0, 3)),
        ValueError,
        "train: expected as many examples in every part, at least one, got [0]",
    ),
    (
        dict(train=(torch.zeros(3, 3), torch.zeros(2, 1))),
        ValueError,
        "train: expected as many examples in every part, at least one, got [3, 2]",
    ),
]


@pytest.mark.parametrize(("change", "kind", "message"), BAD)
def test_bad_arguments(plain_errors, change, kind, message):
    assert_refused(change, kind, message)


def test_a_run_stopped_anywhere_can_be_resumed(tmp_path):
    """Stopped by an exception out of the loss, before an epoch's first step, its last, and others."""
    model, loss, data, arguments = setup(dropout=0.3)
    fit(model, loss, data, **arguments)
    whole = [p.detach().clone() for p in model.parameters()]
    for stop in (1, 8, 15, 20, 31):
        path, calls = tmp_path / f"{stop}.checkpoint", iter(range(1000))
        model, loss, data, arguments = setup(dropout=0.3)

        def breaking(model, batch, calls=calls, stop=stop, loss=loss):
            if next(calls) == stop:
                raise KeyboardInterrupt
            return loss(model, batch)

        with pytest.raises(KeyboardInterrupt):
            fit(model, breaking, data, checkpoint=path, checkpoint_seconds=0, **arguments)
        torch.manual_seed(99)
        model, loss, data, arguments = setup(dropout=0.3)
        history = fit(model, loss, data, checkpoint=path, **arguments)
        assert history.steps == 32
        for a, b in zip(whole, model.parameters(), strict=True):
            assert torch.equal(a, b), f"stopped at step {stop}"


def test_damaged_or_foreign_checkpoint(tmp_path):
    model, loss, data, arguments = setup()
    path = tmp_path / "a.checkpoint"
    fit(model, loss, data, checkpoint=path, **arguments)
    with pytest.raises(ValueError, match=r"^checkpoint: expected .* to be of a run with seed=4, got seed=3; delete it"):
        fit(model, loss, data, checkpoint=path, **(arguments | {"seed": 4}))
    with pytest.raises(ValueError, match=r"^checkpoint: expected .* a run with group 0: shapes=\[\[1, 3\], \[1\]\]"):
        fit(nn.Linear(3, 1), loss, data, checkpoint=path, **arguments)
    named = nn.Sequential(OrderedDict(zip("abcd", model, strict=True)))
    with pytest.raises(ValueError, match=r"^checkpoint: expected .* to fit the model, got: .*; delete it"):
        fit(named, loss, data, checkpoint=path, **arguments)
    whole, other = path.read_bytes(), tmp_path / "other"
    torch.save([1, 2], other)
    for damaged in (whole[:-300], whole[:100], b"", b"no checkpoint", other.read_bytes()):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"^checkpoint: expected a complete .*; delete it to start again$"):
            fit(model, loss, data, checkpoint=path, **arguments)
    other.unlink()
    assert [p.name for p in tmp_path.iterdir()] == ["a.checkpoint"]
