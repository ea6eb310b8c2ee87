"""Stored results in words, as tables show them: mean with spread, published numbers, time, number of seeds."""

import math
from collections.abc import Iterable, Mapping
from typing import Any


def with_spread(mean: float, spread: float) -> str:
    """Return the spread with one digit that counts, and the mean to the same place."""
    digits = 2 if spread == 0 else max(0, -math.floor(math.log10(float(f"{spread:.1g}"))))
    return f"{mean:.{digits}f} ± {spread:.{digits}f}"


def value(entry: Mapping[str, Any]) -> str:
    """Return the mean of a budget's entry, with its spread where there are several seeds."""
    return f"{entry['mean']:.2f}" if entry["spread"] is None else with_spread(entry["mean"], entry["spread"])


def published(content: Mapping[str, Any]) -> str:
    """Return the literature's numbers with their sources; empty if there are none."""
    return "; ".join(
        f"{p['value']:g} ({p['source']}{'' if p['verified'] else ': not verified'}"
        f"{'' if p['comparable'] else '; not comparable'})"
        for p in content["published"]
    )


def differences(contents: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return what ours do otherwise than the published systems; a sentence that several share comes once."""
    titles: dict[str, list[str]] = {}
    for content in contents:
        for sentence in dict.fromkeys(p["ours"] for p in content["published"] if p["ours"]):
            titles.setdefault(sentence, []).append(content["title"])
    return [f"{'; '.join(named)}: {sentence}" for sentence, named in titles.items()]


def cpu_time(entry: Mapping[str, Any]) -> str:
    """Return the mean CPU time of a seed."""
    seconds = sum(row["cpu_seconds"] for row in entry["seeds"]) / len(entry["seeds"])
    return f"{seconds / 60:.0f} CPU minutes" if seconds >= 120 else f"{seconds:.0f} CPU seconds"


def seeds(entry: Mapping[str, Any]) -> str:
    """Return the number of seeds."""
    return f"{len(entry['seeds'])} seed{'s' * (len(entry['seeds']) > 1)}"
