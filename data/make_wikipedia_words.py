"""Make data/wikipedia_words.json: the words that the masked language model knows, with their counts.

    python data/make_wikipedia_words.py [--check]

They are the 7,999 most frequent ones of the training split of wikipedia-2014, which is downloaded where it is absent,
the mark of a paragraph's end among them, and a symbol for the rest. With --check nothing is written: the exit code
tells whether the file here is that.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lecturelib.atomic import atomic_write
from lecturelib.datasets import load

WORDS, RARE = 8000, "<rare>"
TARGET = Path(__file__).resolve().parent / "wikipedia_words.json"


def make() -> Mapping[str, int]:
    """Return the words and their counts, the most frequent first, and those equally frequent in alphabetical order."""
    data: Any = load("wikipedia-2014")
    counts = data.train.x.bincount(minlength=len(data.vocabulary)).tolist()
    by_count = sorted(zip(data.vocabulary, counts, strict=True), key=lambda pair: (-pair[1], pair[0]))
    return {**dict(by_count[: WORDS - 1]), RARE: sum(n for _, n in by_count[WORDS - 1 :])}


def main() -> None:
    """Write the file, or check it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    content = json.dumps(make(), ensure_ascii=False, indent=0) + "\n"
    if check:
        if not TARGET.is_file() or TARGET.read_text(encoding="utf-8") != content:
            sys.exit(f"error: {TARGET.name} is not what the articles say")
        return
    with atomic_write(TARGET) as aside:
        aside.write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
