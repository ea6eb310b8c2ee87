"""NT-Xent: equal to brute force, finite where the exponential is not, the same in two processes; SimCLR's parts."""

import json
import math
import os
import socket
import subprocess
import sys
import textwrap
from typing import Any

import pytest
import torch

from lecturelib.backbones import ResNet
from lecturelib.contrastive import SimCLR, nt_xent

ANY: Any = "?"


def views(n=7, d=5, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2, n, d, generator=generator, dtype=torch.double).unbind()


def by_hand(z1, z2, temperature):
    """The formula, one view after the other."""
    z = [v / v.norm() for v in torch.cat([z1, z2])]
    n, total = len(z1), torch.zeros((), dtype=torch.double)
    for i in range(2 * n):
        partner = (i + n) % (2 * n)
        others = sum(torch.exp(z[i] @ z[j] / temperature) for j in range(2 * n) if j != i)
        total = total - torch.log(torch.exp(z[i] @ z[partner] / temperature) / others)
    return total / (2 * n)


@pytest.mark.parametrize("temperature", [2.0, 0.5, 0.1])
def test_loss_and_gradient_are_those_of_the_formula(temperature):
    z1, z2 = (z.requires_grad_() for z in views())
    ours, expected = nt_xent(z1, z2, temperature), by_hand(z1, z2, temperature)
    torch.testing.assert_close(ours, expected)
    for a, b in zip(torch.autograd.grad(ours, (z1, z2)), torch.autograd.grad(expected, (z1, z2)), strict=True):
        torch.testing.assert_close(a, b)
    assert torch.autograd.gradcheck(lambda a, b: nt_xent(a, b, temperature), (z1, z2))


def test_the_lectures_tau_is_one_over_the_temperature():
    z1, z2 = views()
    z = torch.nn.functional.normalize(torch.cat([z1, z2]), dim=1)
    tau = 10.0
    similarity = (tau * z @ z.T).fill_diagonal_(-torch.inf)
    expected = -(similarity.log_softmax(dim=1))[torch.arange(14), torch.arange(14).roll(7)].mean()
    torch.testing.assert_close(nt_xent(z1, z2, 1 / tau), expected)


@pytest.mark.parametrize("temperature", [0.01, 0.1, 0.5])
def test_loss_and_gradient_are_those_of_lightly_and_pytorch_metric_learning(temperature):
    lightly = pytest.importorskip("lightly.loss").NTXentLoss(temperature=temperature)
    metric_learning = pytest.importorskip("pytorch_metric_learning.losses").NTXentLoss(temperature=temperature)
    z1, z2 = (z.requires_grad_() for z in views(20, 8))
    ours = nt_xent(z1, z2, temperature)
    wanted = torch.autograd.grad(ours, (z1, z2))
    for other in (lightly(z1, z2), metric_learning(torch.cat([z1, z2]), torch.arange(20).repeat(2))):
        torch.testing.assert_close(ours, other)
        for a, b in zip(wanted, torch.autograd.grad(other, (z1, z2)), strict=True):
            torch.testing.assert_close(a, b)


def test_finite_where_the_exponential_is_not():
    z1, z2 = (z.float().requires_grad_() for z in views(64, 16))
    assert torch.tensor(100.0).exp().isinf()  # in single precision
    loss = nt_xent(z1, z2, temperature=0.01)
    gradients = torch.autograd.grad(loss, (z1, z2))
    assert loss.isfinite()
    assert all(g.isfinite().all() for g in gradients)


def test_lengths_do_not_count_and_known_values():
    z1, z2 = views()
    torch.testing.assert_close(nt_xent(3 * z1, z2 / 7, temperature=0.5), nt_xent(z1, z2, temperature=0.5))
    torch.testing.assert_close(nt_xent(z2, z1, temperature=0.5), nt_xent(z1, z2, temperature=0.5))
    same = torch.ones(4, 3, dtype=torch.double)  # nothing to tell apart: 2n - 1 others, all alike
    assert nt_xent(same, same, temperature=0.5).item() == pytest.approx(math.log(7))
    axes = torch.eye(4, dtype=torch.double)  # own view at cosine 1, the six others at 0
    assert nt_xent(axes, axes, temperature=1 / 3).item() == pytest.approx(math.log(math.exp(3) + 6) - 3)


SCRIPT = textwrap.dedent("""
    import json, os, torch, torch.distributed as dist
    from lecturelib.contrastive import nt_xent
    rank = int(os.environ["RANK"])
    dist.init_process_group("gloo")
    generator = torch.Generator().manual_seed(0)
    x1, x2 = torch.randn(2, 8, 6, generator=generator, dtype=torch.double).unbind()
    W = torch.randn(6, 4, generator=generator, dtype=torch.double).requires_grad_()
    rows = slice(rank * 4, rank * 4 + 4)
    loss = nt_xent(x1[rows] @ W, x2[rows] @ W, temperature=1 / 3)
    loss.backward()
    value = loss.detach().clone()
    for part in (value, W.grad):  # averages, as DistributedDataParallel does
        dist.all_reduce(part)
        part /= 2
    if rank == 0:
        print(json.dumps([float(value), W.grad.tolist()]))
    dist.destroy_process_group()
""")


def in_two_processes(script):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    environment = os.environ | {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": "2"}
    processes = [
        subprocess.Popen(
            [sys.executable, str(script)],
            env=environment | {"RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    outputs = [process.communicate() for process in processes]
    for process, (_, err) in zip(processes, outputs, strict=True):
        assert process.returncode == 0, err
    return json.loads(outputs[0][0].strip().splitlines()[-1])


@pytest.mark.slow
def test_two_processes_equal_one_with_the_whole_batch(tmp_path):
    script = tmp_path / "run.py"
    script.write_text(SCRIPT)
    loss, gradient = in_two_processes(script)
    generator = torch.Generator().manual_seed(0)
    x1, x2 = torch.randn(2, 8, 6, generator=generator, dtype=torch.double).unbind()
    W = torch.randn(6, 4, generator=generator, dtype=torch.double).requires_grad_()
    whole = nt_xent(x1 @ W, x2 @ W, temperature=1 / 3)
    assert loss == pytest.approx(whole.item(), abs=1e-12)
    torch.testing.assert_close(torch.tensor(gradient).double(), torch.autograd.grad(whole, W)[0], atol=1e-6, rtol=0)


def simclr(**arguments):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return SimCLR(ResNet(3, 4, (1, 1)), **arguments)


IMAGES = torch.rand(2, 6, 3, 16, 16, generator=torch.Generator().manual_seed(0)).unbind()


def test_the_loss_is_that_of_the_projections_and_the_features_come_before():
    model = simclr(temperature=0.2).eval()
    z1, z2 = (model.projector(model.encoder(x)) for x in IMAGES)
    assert z1.shape == (6, 64)
    torch.testing.assert_close(model.loss(IMAGES), nt_xent(z1, z2, temperature=0.2))
    torch.testing.assert_close(model.features(IMAGES[0]), model.encoder(IMAGES[0]))
    bare = simclr(projection_dim=None).eval()
    torch.testing.assert_close(
        bare.loss(IMAGES), nt_xent(bare.encoder(IMAGES[0]), bare.encoder(IMAGES[1]), temperature=0.5)
    )


def test_a_linear_projector_has_no_hidden_layer():
    model = simclr(projection_dim=5, hidden_layer=False).eval()
    weight, bias = model.projector[0].weight, model.projector[0].bias
    z1, z2 = (model.encoder(x) @ weight.T + bias for x in IMAGES)
    torch.testing.assert_close(model.loss(IMAGES), nt_xent(z1, z2, temperature=0.5))


def test_accuracy_counts_views_that_are_nearest_to_their_other_one():
    """The first image's views are alike, the other two have changed partners."""

    class Flat(torch.nn.Module):
        out_features = 2

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.flatten(1)

    angles = torch.tensor([[0.0, 2.0, 4.0], [0.1, 4.1, 2.1]])
    first, second = torch.stack([angles.cos(), angles.sin()], dim=2)[..., None, None].unbind()
    assert SimCLR(Flat(), projection_dim=None).accuracy((first, second)) == pytest.approx(1 / 3)


Z = torch.randn(3, 4, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (
            lambda: nt_xent(Z[:1], Z[:1], temperature=2),
            ValueError,
            "z1: expected two images or more, since negatives are",
        ),
        (lambda: nt_xent(Z, Z[:2], temperature=2), ValueError, "z2: expected the shape of z1, [3, 4], got [2, 4]"),
        (
            lambda: nt_xent(Z, 0 * Z, temperature=2),
            ValueError,
            "z2: expected non-zero finite vectors, got zeros, NaN or infinity",
        ),
        (
            lambda: nt_xent(Z / 0, Z, temperature=2),
            ValueError,
            "z1: expected non-zero finite vectors, got zeros, NaN or infinity",
        ),
        (lambda: nt_xent(Z, Z, temperature=0), ValueError, "temperature: expected a finite number above 0, got 0"),
        (
            lambda: nt_xent(Z, Z, temperature=math.inf),
            ValueError,
            "temperature: expected a finite number above 0, got inf",
        ),
        (lambda: nt_xent(Z.long(), Z, temperature=1), TypeError, "z1: expected floats [n, d], got torch.int64 [3, 4]"),
        (lambda: nt_xent(ANY, Z, temperature=1), TypeError, "z1: expected floats [n, d], got str"),
        (lambda: simclr(temperature=-1), ValueError, "temperature: expected a finite number above 0, got -1"),
        (lambda: simclr(projection_dim=0), ValueError, "projection_dim: expected a positive integer, got 0"),
        (
            lambda: simclr().loss((*IMAGES, IMAGES[0])),
            ValueError,
            "views: expected two tensors, the two views of every image, got 3",
        ),
        (
            lambda: simclr().loss((IMAGES[0], IMAGES[1][:2])),
            ValueError,
            "views: expected two tensors of the same shape, got [6, 3, 16, 16] and [2, 3, 16, 16]",
        ),
        (lambda: simclr().loss([x[:1] for x in IMAGES]), ValueError, "z1: expected two images or more"),
    ],
)
def test_bad_input(plain_errors, call, kind, message):
    with pytest.raises(kind) as error:
        call()
    assert str(error.value).startswith(message)
