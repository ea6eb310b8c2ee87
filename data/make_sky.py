"""Make data/sky_of_words.npz, the vectors of the demo "The sky of words", from GloVe's.

    python data/make_sky.py [--check]

The first 12,000 of GloVe's words that are of the letters a to z, the frequent ones first. Their vectors are rounded to
int8, with one scale a word: by half a step at most, max |v| / 254. The plane is t-SNE's, of the unit vectors. With
--check nothing is written: the exit code tells whether words and vectors here are those (t-SNE differs from machine to
machine).
"""

import argparse
import re
import sys
from pathlib import Path

import numpy as np
from packed import write_or_check
from sklearn.manifold import TSNE

from lecturelib.datasets import load

TARGET = Path(__file__).resolve().parent / "sky_of_words.npz"
WORDS = 12_000
SEED = 0


def vectors() -> dict[str, np.ndarray]:
    """Return the words, one a line, their int8 vectors and the scales."""
    glove = load("glove-50d")
    kept = [i for i, word in enumerate(glove.words) if re.fullmatch("[a-z]+", word)][:WORDS]
    rows = glove.vectors.numpy()[kept]
    scale = np.abs(rows).max(axis=1) / np.float32(127)
    text = "\n".join(glove.words[i] for i in kept)
    return {
        "words": np.frombuffer(text.encode(), np.uint8),
        "vectors": np.rint(rows / scale[:, None]).astype(np.int8),
        "scale": scale.astype(np.float32),
    }


def plane(parts: dict[str, np.ndarray]) -> np.ndarray:
    """Return the place of each word in the plane, [words, 2], from -32,767 to 32,767."""
    rows = parts["vectors"] * parts["scale"][:, None]
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    flat = TSNE(metric="cosine", init="pca", max_iter=500, random_state=SEED, n_jobs=1).fit_transform(rows)
    flat -= (flat.max(axis=0) + flat.min(axis=0)) / 2
    return np.rint(flat / np.abs(flat).max() * 32_767).astype(np.int16)


def main() -> None:
    """Write the file, or check it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parts = vectors()
    if parser.parse_args().check:
        with np.load(TARGET) as here:
            if any(not np.array_equal(here[name], part) for name, part in parts.items()):
                sys.exit(f"error: {TARGET.name} has not the words and vectors of GloVe")
        return
    write_or_check(TARGET, parts | {"plane": plane(parts)}, "GloVe", check=False)


if __name__ == "__main__":
    main()
