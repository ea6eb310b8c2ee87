"""Make data/photographs.npz, the pictures that the demos with photographs begin with, 32 x 32 pixels as CIFAR-10's.

    pip download --no-deps scikit-image==0.26.0 && unzip scikit_image-*.whl -d wheel
    python data/make_photographs.py wheel/skimage/data [--check]

Squares of six photographs that two packages carry, each averaged to 32 x 32 pixels. From scikit-image: astronaut.png
(NASA) and rocket.jpg (SpaceX), in the public domain; chelsea.png (Stefan van der Walt) and coffee.png (Rachel
Michetti), CC0. From scikit-learn, CC BY 2.0: china.jpg (danielbuechele) and flower.jpg (vultilion), both on Flickr.
With --check nothing is written: the exit code tells whether the file here holds what would be written.
"""

import argparse
import hashlib
import sys
from pathlib import Path

import numpy as np
import sklearn.datasets
from packed import write_or_check
from PIL import Image

TARGET = Path(__file__).resolve().parent / "photographs.npz"
SIDE = 32
SHA256 = {
    "astronaut.png": "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
    "chelsea.png": "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb",
    "coffee.png": "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7",
    "rocket.jpg": "c2dd0de7c538df8d111e479619b129464d0269d0ae5fd18ca91d33a7fdfea95c",
    "china.jpg": "8378025ad2519d649d02e32bd98990db4ab572357d9f09841c2fbfbb4fefad29",
    "flower.jpg": "a77f6ec41e353afdf8bdff2ea981b2955535d8d83294f8cfa49cf4e423dd5638",
}
# What each square shows, the photograph that it is cut from, its left and upper edge, and its side, in pixels.
SQUARES = (
    ("an astronaut", "astronaut.png", 60, 0, 300),
    ("a pagoda", "china.jpg", 20, 20, 400),
    ("a cat", "chelsea.png", 90, 0, 300),
    ("a cup", "coffee.png", 80, 0, 400),
    ("a rocket", "rocket.jpg", 107, 0, 427),
    ("a dahlia", "flower.jpg", 160, 60, 300),
    ("a space shuttle", "astronaut.png", 312, 10, 200),
    ("a lake and trees", "china.jpg", 340, 127, 300),
    ("a helmet", "astronaut.png", 300, 300, 212),
    ("a cat's eye", "chelsea.png", 110, 55, 130),
)


def make(folder: Path) -> dict[str, np.ndarray]:
    """Return the pictures, uint8 [pictures, 3, 32, 32], and what they show, one a line."""
    photographs = {}
    for name, wanted in SHA256.items():
        path = folder / name
        if not path.exists():
            path = Path(sklearn.datasets.__file__).parent / "images" / name
        actual = hashlib.sha256(path.read_bytes()).hexdigest()
        if actual != wanted:
            sys.exit(f"error: {name}: expected SHA-256 {wanted}, got {actual}")
        photographs[name] = Image.open(path).convert("RGB")
    squares = []
    for _, name, left, top, side in SQUARES:
        square = photographs[name].crop((left, top, left + side, top + side))
        squares.append(np.asarray(square.resize((SIDE, SIDE), Image.Resampling.BOX)).transpose(2, 0, 1))
    words = "\n".join(words for words, *_ in SQUARES)
    return {"x": np.stack(squares), "words": np.frombuffer(words.encode(), np.uint8)}


def main() -> None:
    """Write the file, or check it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="skimage/data of scikit-image's wheel")
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    arguments = parser.parse_args()
    write_or_check(TARGET, make(arguments.folder), "the two packages", arguments.check)


if __name__ == "__main__":
    main()
