"""Make data/small_networks.npz: an LSTM and an RNN, trained alike, that a demo compares.

    python data/make_small_networks.py [--check]

The character models of 128 units that the chapter on characters trains live, "lstm-shakespeare" and "rnn-shakespeare"
with the budget "cpu" and seed 0, in float16. A minute of a CPU core. With --check nothing is written: the exit code
tells whether the networks here are as good as new ones, to 0.05 bits per character.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
from packed import write_or_check

from lecturelib import recipes
from lecturelib.datasets import load
from lecturelib.demos.small import state_dicts
from lecturelib.recurrent import CharRNN

TARGET = Path(__file__).resolve().parent / "small_networks.npz"
CELLS = ("lstm", "rnn")


def bits(state: dict[str, torch.Tensor]) -> float:
    """Return the bits per character of 20,000 characters of the test text."""
    data = load("shakespeare")
    cell = "lstm" if "recurrent.W_x.0" in state else "rnn"
    model = CharRNN(len(data.vocabulary or ()), 128, cell=cell)
    model.load_state_dict(state)
    return model.bits_per_char(data.test.x[:20_000], streams=16)


def main() -> None:
    """Write the file, or check it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    made = {cell: recipes.run(f"{cell}-shakespeare", "cpu", seed=0).model.state_dict() for cell in CELLS}
    if parser.parse_args().check:
        here = state_dicts()
        for cell in CELLS:
            stored, new = bits(here[cell]), bits(made[cell])
            if abs(stored - new) > 0.05:
                sys.exit(f"error: {TARGET.name}: {cell} has {stored:.3f} bits per character, a new one {new:.3f}")
        return
    arrays = {f"{cell}.{name}": value.half().numpy() for cell in CELLS for name, value in made[cell].items()}
    assert all(np.isfinite(value).all() for value in arrays.values())
    write_or_check(TARGET, arrays, "the recipes", check=False)
    for cell, state in state_dicts().items():
        print(f"{cell}: {bits(state):.3f} bits per character")


if __name__ == "__main__":
    main()
