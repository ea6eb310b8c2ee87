"""What the tests of recurrent layers share."""

from typing import Any

import pytest
from layers import KINDS


@pytest.fixture(params=KINDS)
def kinds(request):
    """The torch.nn class and ours."""
    return KINDS[request.param]


@pytest.fixture
def calls_of(monkeypatch):
    """Return a function: `calls_of(Node)` is a list to which every call of `Node.apply` adds its arguments."""

    def watch(node: Any) -> list[Any]:
        calls, apply = [], node.apply

        def counted(*arguments: Any) -> Any:
            calls.append(arguments)
            return apply(*arguments)

        monkeypatch.setattr(node, "apply", counted)
        return calls

    return watch
