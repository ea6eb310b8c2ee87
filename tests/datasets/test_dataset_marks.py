"""Marks of byte order, ends of lines as on Windows, a last line without an end: read as if they were not there."""

import io
import lzma
import zipfile

import pytest
import torch

from lecturelib.datasets import DatasetError, characters, images, words
from lecturelib.datasets.dataset import PARTS
from lecturelib.datasets.loading import READERS

MARK = b"\xef\xbb\xbf"
TAGGED = (
    b"1\tNew\t_\tPROPN\t_\t_\t_\t_\t_\t_\n2\tYork\t_\tPROPN\t_\t_\t_\t_\t_\t_\n\n1\tYes\t_\tINTJ\t_\t_\t_\t_\t_\t_\n"
)
ARTICLES = b"".join(b'<doc id="%d" url="u%d" title="t">\na %d\n\nb\n</doc>\n' % (k, k, k) for k in range(20))
LINES = b"".join(b"word%d word\n" % k for k in range(10))
PAIRS = b"".join(b"e%d\ts%d\n" % (k, k) for k in range(20))
FILES: dict[str, list[bytes] | dict[str, bytes]] = {
    "simlex999": [b"# about\nold\tnew\t1.5\nbig\tlarge\t9\n"],
    "analogies": [b": family\nboy girl he she\n: other\na b c d\n"],
    "glove-50d": [b"a 1 2\nb 3 4\n"],
    "wnut17": 3 * [b"New\tB-location\nYork\tI-location\n\nyes\tO\n"],
    "ud-ewt": 3 * [TAGGED],
    "wikipedia-2014": [ARTICLES],
    "rt-polarity": {"sentence_polarity/rt-polarity.neg": LINES, "sentence_polarity/rt-polarity.pos": LINES[::-1][1:]},
    "tatoeba-en-es": {"spa-eng/spa.txt": PAIRS},
    "brown": {"brown/ca01": b"a/at b/nn\n\n\nc/nn d/at\n\n\n\ne/at f/nn\n"},
}
CHANGES = {
    "a mark": lambda body: MARK + body,
    "ends of lines as on Windows": lambda body: body.replace(b"\n", b"\r\n"),
    "no end of the last line": lambda body: body.rstrip(b"\n"),
    "blank lines at the end": lambda body: body + b"\n",
}
OTHERWISE = {  # what is not text with a mark, or has its last line's end as a part of its form
    ("brown", "a mark"): "'ascii' codec can't decode",
    ("wikipedia-2014", "no end of the last line"): "got '</doc>' in line|got an end within one",
    ("wikipedia-2014", "blank lines at the end"): "got '' in line",
    ("tatoeba-en-es", "blank lines at the end"): "got '' in line 21",
}


def read(name, folder, change):
    folder.mkdir()
    bodies = FILES[name]
    if isinstance(bodies, dict):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for path, body in bodies.items():
                archive.writestr(path, change(body))
        paths = [folder / "packed.zip"]
        paths[0].write_bytes(packed.getvalue())
    else:
        paths = [folder / str(k) for k in range(len(bodies))]
        for path, body in zip(paths, bodies, strict=True):
            path.write_bytes(change(body))
    found = dict(READERS[name].read(paths))
    return {key: (value.x.tolist(), value.y, value.articles) if key in PARTS and hasattr(value, "x") else value
            for key, value in found.items()}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", FILES)
def test_what_no_reader_sees_changes_nothing(name, change, tmp_path, monkeypatch):
    monkeypatch.setattr(words, "BROWN_CUTS", (3, 6))
    if (name, change) in OTHERWISE:
        with pytest.raises(DatasetError, match=OTHERWISE[name, change]):
            read(name, tmp_path / "changed", CHANGES[change])
        return
    expected = read(name, tmp_path / "plain", lambda body: body)
    found = read(name, tmp_path / "changed", CHANGES[change])
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        torch.testing.assert_close(found[key], value) if isinstance(value, torch.Tensor) else None
        assert isinstance(value, torch.Tensor) or str(found[key]) == str(value)


@pytest.mark.parametrize("body", [b"", b"no xz", lzma.compress(b"\xff"), lzma.compress(b"no blank line")])
def test_works_of_another_form(plain_errors, tmp_path, body):
    path = tmp_path / "works"
    path.write_bytes(body)
    with pytest.raises(
        DatasetError, match=r"works: expected works with blank lines, xz-packed, got .*; fetch it again$"
    ):
        characters.read_shakespeare([path])


@pytest.mark.parametrize("body", [b"", b"no zip", b"PK\x03\x04"])
@pytest.mark.parametrize("read", [images.read_mnist_5k, images.read_silhouettes])
def test_arrays_of_another_form(plain_errors, tmp_path, body, read):
    path = tmp_path / "arrays.npz"
    path.write_bytes(body)
    with pytest.raises(DatasetError, match=r"arrays.npz: expected NumPy's arrays of images, got .*; fetch it again$"):
        read([path])
