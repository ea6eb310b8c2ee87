"""Print pip constraints that pin each dependency to its lower bound in pyproject.toml: what `make oldest` installs."""

import tomllib
from pathlib import Path

from packaging.requirements import Requirement

PYPROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"


def oldest(dependencies: list[str]) -> list[str]:
    """Return `name==version` for each requirement `name>=version`.

    Raises:
        ValueError: a requirement has no lower bound.

    """
    pins = []
    for requirement in map(Requirement, dependencies):
        bounds = [s.version for s in requirement.specifier if s.operator == ">="]
        if len(bounds) != 1:
            raise ValueError(f"dependencies: expected one lower bound (name>=version), got '{requirement}'")
        pins.append(f"{requirement.name}=={bounds[0]}")
    return pins


if __name__ == "__main__":
    print(*oldest(tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]["dependencies"]), sep="\n")
