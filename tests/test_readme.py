"""The example of the README runs, and shows a model that learns."""

from pathlib import Path
from typing import Any

import pytest
import torch

README = Path(__file__).resolve().parents[1] / "README.md"


@pytest.mark.slow
def test_the_example_of_the_library_runs():
    _, _, rest = README.read_text(encoding="utf-8").partition("```python\n")
    names: dict[str, Any] = {}
    torch.manual_seed(0)
    exec(compile(rest.partition("```")[0], "README.md", "exec"), names)
    train = names["history"].train
    assert train == sorted(train, reverse=True)
    assert train[-1] < 300  # fair coins have 784 log 2 = 543 nats
    assert names["model"].sample(16).shape == (16, 784)
