"""The densities under what torch does with modules: torch.compile, torch.export, torch.func, the meta device."""

from typing import Any

import pytest
import torch
from pixel_models import MODELS, build, images
from torch import nn
from torch.func import functional_call

from lecturelib.autoregressive import FVSBN, NADE

BINARY = {
    "fvsbn": lambda: FVSBN(12),
    "nade": lambda: NADE(12, 5),
    "untied nade": lambda: NADE(12, 5, tied=False),
}
ALL = [*BINARY, *MODELS]


def model_and_data(name: str) -> tuple[Any, torch.Tensor]:
    """Return a model whose context matters, and a batch of three."""
    if name in MODELS:
        return build(name, 3, 4, hidden_channels=4, num_layers=2, head_channels=3), images(3, 3, 4, (4, 5))
    model, generator = BINARY[name](), torch.Generator().manual_seed(1)
    for p in model.parameters():
        p.data = torch.randn(p.shape, generator=generator)
    return model.double(), torch.randint(0, 2, (3, 12), generator=generator).double()


class NegativeLogLikelihood(nn.Module):
    """What one trains: the mean of -log p(x)."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return -self.model.log_prob(x).mean()


@pytest.mark.parametrize("name", ALL)
def test_loss_and_gradients_on_the_meta_device(name):
    model, x = model_and_data(name)
    loss = NegativeLogLikelihood(model.to("meta"))(x.to("meta"))
    loss.backward()
    assert loss.is_meta
    assert all(p.grad is not None and p.grad.is_meta for p in model.parameters() if p.numel())


@pytest.mark.parametrize("assign", [False, True])
@pytest.mark.parametrize("name", ALL)
def test_weights_loaded_into_a_model_from_the_meta_device(name, assign):
    """Whatever a model derives from its sizes, such as a mask, is right there, too."""
    model, x = model_and_data(name)
    empty = model_and_data(name)[0].to("meta")
    if not assign:
        empty.to_empty(device="cpu")
    empty.load_state_dict(model.state_dict(), assign=assign)
    assert torch.equal(empty.log_prob(x), model.log_prob(x))


@pytest.mark.parametrize("name", ["pixelcnn", "multi-scale"])
def test_weights_copied_into_a_model_from_the_meta_device(name):
    """Without load_state_dict, as sharded training does it."""
    model, x = model_and_data(name)
    empty = model_and_data(name)[0].to("meta").to_empty(device="cpu")
    with torch.no_grad():
        for p, q in zip(empty.parameters(), model.parameters(), strict=True):
            p.copy_(q)
    assert torch.equal(empty.log_prob(x), model.log_prob(x))


@pytest.mark.parametrize("name", ALL)
def test_gradients_by_torch_func(plain_errors, name):
    model, x = model_and_data(name)
    loss = NegativeLogLikelihood(model)
    parameters = dict(loss.named_parameters())
    ours = torch.func.grad(lambda p: functional_call(loss, p, (x,)))(parameters)
    loss(x).backward()
    for key, p in parameters.items():
        if p.numel():
            torch.testing.assert_close(ours[key], p.grad, msg=key)


@pytest.mark.parametrize("name", ALL)
def test_gradients_per_example_by_vmap(plain_errors, name):
    model, x = model_and_data(name)
    loss = NegativeLogLikelihood(model)
    parameters = dict(loss.named_parameters())
    each = torch.func.vmap(torch.func.grad(lambda p, x_k: functional_call(loss, p, (x_k[None],))), in_dims=(None, 0))(
        parameters, x
    )
    for k in range(3):
        model.zero_grad()
        loss(x[k : k + 1]).backward()
        for key, p in parameters.items():
            if p.numel():
                torch.testing.assert_close(each[key][k], p.grad, msg=key)


@pytest.mark.parametrize("name", ALL)
def test_export_gives_the_same_logits_for_batches_of_any_size(plain_errors, name):
    model, x = model_and_data(name)
    exported = torch.export.export(model, (x,), dynamic_shapes=({0: torch.export.Dim("batch", min=2, max=64)},))
    larger = torch.cat([x, x.flip(0)])
    torch.testing.assert_close(exported.module()(larger), model(larger))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["fvsbn", "nade", "pixelcnn", "gated", "multi-scale"])
def test_one_loss_compiles_without_a_graph_break(plain_errors, name):
    model, x = model_and_data(name)
    loss = NegativeLogLikelihood(model)
    compiled = torch.compile(loss, backend="aot_eager", fullgraph=True)  # raises at a graph break
    value = compiled(x)
    value.backward()
    gradients = [p.grad for p in model.parameters()]
    model.zero_grad()
    torch.testing.assert_close(value, loss(x))
    loss(x).backward()
    for p, gradient in zip(model.parameters(), gradients, strict=True):
        torch.testing.assert_close(p.grad, gradient)
    torch._dynamo.reset()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", ALL)
def test_half_precision(name, dtype):
    """Trained and sampled in half precision; the likelihood is summed in single precision."""
    model, x = model_and_data(name)
    exact = model.log_prob(x)
    model = model.to(dtype)
    x = x.to(dtype) if name in BINARY else x
    nats = model.log_prob(x)
    assert nats.dtype == torch.float32
    torch.testing.assert_close(nats.double(), exact, rtol=0.1, atol=1.0)
    (-nats.mean()).backward()
    assert all(p.grad.isfinite().all() for p in model.parameters())
    drawn = model.sample(2) if name in BINARY else model.sample(2, (3, 4))
    assert len(drawn) == 2
