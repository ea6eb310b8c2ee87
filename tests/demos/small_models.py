"""Models with strong weights, and what they read: flat images [n, 784], as the demos have them, and a text."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from lecturelib import recipes
from lecturelib.autoregressive import FVSBN, NADE, GatedPixelCNN, OrderAgnosticNADE
from lecturelib.demos.build import STORED, model_of, vocabulary
from lecturelib.demos.photographs import PHOTOGRAPHS
from lecturelib.demos.weights import dequantised
from lecturelib.recurrent import CharRNN
from lecturelib.recurrent.handwriting import HandwritingRNN


def random_model(name: str) -> Any:
    """Weights so large that the pixels before matter: a model that forgot them would give other numbers."""
    generator = torch.Generator().manual_seed(7)
    if name == "pixelcnn":
        return _random_pixelcnn(generator)
    if name in PHOTOGRAPHS:
        return _random_network(name, generator)
    model = {
        "lstm": lambda: CharRNN(len(vocabulary(name)), 24),
        "handwriting": lambda: HandwritingRNN(8, 3, 5),
        "order_agnostic": lambda: OrderAgnosticNADE(784, (24, 20)),
        "fvsbn": lambda: FVSBN(784),
        "nade": lambda: NADE(784, 24),
    }[model_of(name)]()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(0.4 * torch.randn(parameter.shape, generator=generator))
            if isinstance(model, CharRNN) and parameter is model.out.weight:
                parameter.mul_(5)  # h is small: else all characters would be about as likely everywhere
            parameter.copy_(parameter.half())  # as stored weights are
    return model


def _random_pixelcnn(generator: torch.Generator) -> GatedPixelCNN:
    model = GatedPixelCNN(1, 2, **recipes.get("gated-pixelcnn-binarized-mnist").budgets["gpu"].sizes)
    with torch.no_grad():
        for parameter in model.parameters():
            spread = 1.8 / parameter[0].numel() ** 0.5 if parameter.dim() == 4 else 0.3
            parameter.copy_(spread * torch.randn(parameter.shape, generator=generator))
            parameter.copy_(parameter.half())
        bias = dict(model.named_parameters())["out.bias"]
        bias.copy_((bias - 4).half())  # else five pixels of six are ink
    return model


def _random_network(name: str, generator: torch.Generator) -> Any:
    recipe = recipes.get(PHOTOGRAPHS[name][0])
    with torch.random.fork_rng():
        model = recipe.build(torch.zeros(1, 3, 32, 32), **recipe.budgets["cpu"].sizes)
    with torch.no_grad():
        for key, value in model.state_dict().items():
            if value.is_floating_point():
                spread = 0.8 / value[0].numel() ** 0.5 if value.dim() > 1 else 0.2
                noise = spread * torch.randn(value.shape, generator=generator)
                value.copy_((1 + noise.abs() if key.endswith("running_var") else noise + value.mean().round()).half())
    return model.eval()


def store(folder: Path, name: str, **changes: Tensor) -> Path:
    """Store the random model `name` as `reproduce --store` does: in half precision, the origin in the metadata."""
    state = {key: value.half().contiguous() for key, value in (random_model(name).state_dict() | changes).items()}
    path = folder / f"{STORED[name][0]}.safetensors"
    metadata: dict[str, Any] = {"budget": "gpu", "shape": [1, 28, 28]}
    if name in PHOTOGRAPHS:
        metadata = {"budget": "cpu", "shape": [3, 32, 32], "metrics": {}}
    save_file(state, path, {key: json.dumps(value) for key, value in metadata.items()})
    return path


def sent_model(name: str) -> Any:
    """The random model in float64, with the weights that a browser gets."""
    model = random_model(name)
    model.load_state_dict(dequantised(model_of(name), model.state_dict()))
    return model.double()


@torch.no_grad()
def logits(model: Any, x: Tensor, width: int = 28) -> Tensor:
    """Log-odds in float64 of every pixel of flat images."""
    if isinstance(model, GatedPixelCNN):
        return model.double().logits(x.long().unflatten(1, (1, -1, width))).flatten(1)
    flat: Tensor = model.double().logits(x.double())
    return flat


def complete(model: Any, x: Tensor, known: int, seed: int) -> tuple[Tensor, Tensor]:
    """The model's completions of flat images, and the uniforms u that give them as x_i = 1 where u_i < p(x_i = 1)."""
    u = torch.rand(x.shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    generator = torch.Generator().manual_seed(seed)
    if isinstance(model, GatedPixelCNN):  # counts the levels that u reaches: x_i = 1 where u_i >= p(x_i = 0)
        square = x.long().unflatten(1, (1, 28, 28))
        return model.complete(square, known, generator=generator).flatten(1), 1 - u
    return model.complete(x.double(), known, generator=generator), u


def images(n: int) -> torch.Tensor:
    return (torch.rand(n, 784, generator=torch.Generator().manual_seed(3)) < 0.3).float()


def characters(n: int, vocabulary_size: int = 84) -> Tensor:
    """Draw a text of n characters, as numbers."""
    return torch.randint(vocabulary_size, (n,), generator=torch.Generator().manual_seed(4))
