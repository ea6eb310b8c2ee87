"""Weights in int8: at most half a step from the original, and no dearer in nats than that allows."""

import pytest
import torch
from safetensors.torch import load_file
from small_models import images, random_model

from lecturelib.autoregressive import FVSBN, NADE
from lecturelib.datasets import load
from lecturelib.demos.build import DEMOS
from lecturelib.demos.weights import dequantised, pack, quantise
from lecturelib.paths import data_dir


def test_a_weight_moves_by_at_most_half_a_step():
    matrix = torch.randn(50, 40, generator=torch.Generator().manual_seed(0)) * torch.logspace(-4, 2, 50)[:, None]
    matrix[3] = 0
    integers, scale = quantise(matrix)
    assert integers.dtype == torch.int8
    error = (integers.double() * scale.double()[:, None] - matrix.double()).abs()
    step = matrix.double().abs().amax(dim=1) / 127
    assert (error <= step[:, None] / 2 * (1 + 1e-5)).all()
    assert (error[3] == 0).all()
    assert integers.abs().amax(dim=1).tolist() == [0 if row == 3 else 127 for row in range(50)]


@pytest.mark.parametrize("name", ["fvsbn", "nade"])
def test_rows_are_scaled_by_pixel(name):
    state = {key: value.clone() for key, value in random_model(name).state_dict().items()}
    state["W" if name == "nade" else "theta"][:, 5] *= 1e4  # a column of θ is no row: every pixel suffers there
    moved = dequantised(name, state)
    if name == "nade":
        others = [k for k in range(784) if k != 5]
        assert (moved["W"] - state["W"])[:, others].abs().max() < 0.02
    else:
        assert torch.equal(moved["theta"][:6], moved["theta"][:6].tril(-1))
        assert (moved["theta"] - state["theta"])[5, :5].abs().max() < 0.01


def test_the_likelihood_changes_by_no_more_than_the_logits_can():
    model, x = random_model("fvsbn"), images(200)
    state = model.state_dict()
    before = model.double().log_prob(x.double())
    scale = quantise(state["theta"].float().tril(-1))[1].double()
    allowed = ((x.double().cumsum(1) - x.double()) * scale / 2).sum(1)  # Σ_i Σ_{j<i} x_j · half a step of row i
    model.load_state_dict(dequantised("fvsbn", state))
    change = (model.log_prob(x.double()) - before).abs()
    assert (change <= allowed).all()
    assert 0 < change.mean() < 5


@pytest.mark.parametrize("name", DEMOS)
def test_stored_weights_lose_at_most_a_fifth_of_a_nat(name):
    path = data_dir() / "weights" / f"{DEMOS[name][0]}.safetensors"
    if not path.exists():
        pytest.skip(f"stored weights absent: {path.name}")
    state = {key: value.float() for key, value in load_file(path).items()}
    x = (load("mnist-5k").test.x.flatten(1) > 0.5).float()
    model = FVSBN(784) if name == "fvsbn" else NADE(784, len(state["c"]))
    with torch.no_grad():
        model.load_state_dict(state)
        before = model.log_prob(x)
        model.load_state_dict(dequantised(name, state))
        after = model.log_prob(x)
    print(f"{name}: int8 costs {float((before - after).mean()):+.4f} nats an image")
    assert abs(float((before - after).mean())) <= 0.2


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("nade", {"W": torch.zeros(24, 783)}, r"expected W of nade with shape \[24, 784\], got \[24, 783\]"),
        ("nade", {"V": torch.zeros(2)}, r"expected the tensors \['W', 'alpha', 'b', 'c'\] of nade, got \['V', "),
        ("fvsbn", {"b": torch.full((784,), torch.nan)}, r"expected finite values in b of fvsbn"),
    ],
)
def test_weights_of_another_model_are_refused(name, change, message):
    with pytest.raises(ValueError, match=message) as error:
        pack(name, random_model(name).state_dict() | change)
    assert "\n" not in str(error.value)
