"""Weights in int8: at most half a step from the original, and no dearer in nats than that allows."""

import pytest
import torch
from node import node
from safetensors.torch import load_file
from small_models import images, random_model
from torch.utils.flop_counter import FlopCounterMode

from lecturelib.autoregressive import FVSBN, NADE
from lecturelib.datasets import load
from lecturelib.demos.build import DIGITS
from lecturelib.demos.weights import dequantised, kernel_positions, pack, quantise
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


@pytest.mark.parametrize("name", DIGITS)
def test_stored_weights_lose_at_most_a_fifth_of_a_nat(name):
    path = data_dir() / "weights" / f"{DIGITS[name][0]}.safetensors"
    if not path.exists():
        pytest.skip(f"stored weights absent: {path.name}")
    state = {key: value.float() for key, value in load_file(path).items()}
    x = (load("mnist-5k").test.x.flatten(1) > 0.5).float()
    if name == "pixelcnn":
        assert all(torch.equal(value, state[key]) for key, value in dequantised(name, state).items())
        return
    model = FVSBN(784) if name == "fvsbn" else NADE(784, len(state["c"]))
    with torch.no_grad():
        model.load_state_dict(state)
        before = model.log_prob(x)
        model.load_state_dict(dequantised(name, state))
        after = model.log_prob(x)
    print(f"{name}: int8 costs {float((before - after).mean()):+.4f} nats an image")
    assert abs(float((before - after).mean())) <= 0.2


def test_what_the_masks_leave_goes_in_the_order_of_the_kernel_positions():
    vertical = torch.arange(2 * 3 * 2 * 3).reshape(2, 3, 2, 3)
    assert kernel_positions("layers.1.vertical.weight", vertical)[1, :, 0].tolist() == [18, 19, 20, 21, 22, 23]
    assert kernel_positions("layers.1.vertical.weight", vertical)[0, 4].tolist() == [4, 10, 16]
    first, later = torch.arange(14).reshape(2, 1, 1, 7), torch.arange(12).reshape(2, 2, 1, 3)
    assert kernel_positions("layers.0.horizontal.weight", first)[:, :, 0].tolist() == [[0, 1, 2], [7, 8, 9]]
    assert kernel_positions("layers.1.horizontal.weight", later).tolist() == [[[0, 3], [1, 4]], [[6, 9], [7, 10]]]


def test_a_pixelcnn_without_a_layer_is_refused():
    state = {key: value for key, value in random_model("pixelcnn").state_dict().items() if ".4." not in key}
    with pytest.raises(ValueError, match=r"expected the 68 tensors .*layers.4.horizontal.bias, .*… missing, layers.8"):
        pack("pixelcnn", state)
    with pytest.raises(ValueError, match=r"expected the 12 tensors of pixelcnn, got 0: .* missing, none superfluous"):
        pack("pixelcnn", {})


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("nade", {"W": torch.zeros(24, 783)}, r"expected W of nade with shape \[24, 784\], got \[24, 783\]"),
        ("nade", {"V": torch.zeros(2)}, r"expected the 4 tensors of nade, got 5: none missing, V superfluous; train"),
        ("fvsbn", {"b": torch.full((784,), torch.nan)}, r"expected finite values in b of fvsbn"),
        (
            "pixelcnn",
            {"layers.3.horizontal.weight": torch.zeros(32, 16, 1, 7)},
            r"expected layers.3.horizontal.weight of pixelcnn with shape \[32, 16, 1, 3\], got \[32, 16, 1, 7\]",
        ),
        ("pixelcnn", {"label.weight": torch.zeros(10, 288)}, r"expected the 76 .*none missing, label.weight superfl"),
        ("pixelcnn", {"out.bias": torch.tensor([torch.inf])}, r"expected finite values in out.bias of pixelcnn"),
    ],
)
def test_weights_of_another_model_are_refused(name, change, message):
    with pytest.raises(ValueError, match=message) as error:
        pack(name, random_model(name).state_dict() | change)
    assert "\n" not in str(error.value)


def test_a_pixelcnn_that_keeps_its_activations_uses_each_weight_once_a_pixel():
    model, (height, width) = random_model("pixelcnn"), (3, 28)
    script = """(packed, rest, x) => {
        const tensors = Object.fromEntries(Object.entries(packed).map(([name, one]) => [name, decode(one)]));
        return visit({ ...rest, ...tensors }, x, x.length).multiplications;
    }"""
    dilations = [layer.vertical.dilation[0] for layer in model.layers]
    rest, packed = {"model": "pixelcnn", "width": width, "dilations": dilations}, pack("pixelcnn", model.state_dict())
    counted = node(("models.js", "pixelcnn.js"), script, packed, rest, [0] * (height * width))
    with FlopCounterMode(display=False) as flops, torch.no_grad():  # two each; and those that a mask sets to 0, too
        model.logits(torch.zeros(1, 1, height, width, dtype=torch.long))
    masked = sum(int((layer.horizontal.mask == 0).sum()) for layer in model.layers)
    print(f"{counted / height / width:,.0f} multiplications a pixel")
    assert counted == flops.get_total_flops() // 2 - height * width * masked
