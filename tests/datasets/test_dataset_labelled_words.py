"""Labelled sentences and words: what their files say, read another way; known counts; files of another form."""

import io
import re
import zipfile
from collections import Counter

import pytest
import torch
from loopback import half, registered, right, with_files

from lecturelib.datasets import DatasetError, labelled_words, load, registry
from lecturelib.datasets.files import fetch

PARTS = ("train", "valid", "test")


def pairs_of(data, part):
    """Of each sentence, its (word, tag)s."""
    both = zip(data.sentences(part), data.sentence_tags(part), strict=True)
    return [list(zip(words, tags, strict=True)) for words, tags in both]


@pytest.mark.needs_data("rt-polarity")
def test_rt_polarity_is_what_its_files_say():
    data = load("rt-polarity")
    assert data.tags == ("negative", "positive")
    assert data.counts == {"train": 8530, "valid": 1066, "test": 1066}
    with zipfile.ZipFile(fetch(registry.get("rt-polarity"))[0]) as archive:
        texts = [archive.read(f"sentence_polarity/rt-polarity.{of}").decode().split("\n") for of in ("neg", "pos")]
    lines = [[line.split() for line in text if line] for text in texts]
    assert [len(some) for some in lines] == [5331, 5331]
    wanted = {"train": range(8), "valid": [8], "test": [9]}
    seen = []
    for part in PARTS:
        split = getattr(data, part)
        sentences = list(data.sentences(part))
        seen += sentences
        assert split.lengths is not None
        assert split.y.bincount().tolist() == 2 * [len(split) // 2]
        assert (split.x[torch.arange(split.x.shape[1]) >= split.lengths[:, None]] == 0).all()
        for label in (0, 1):
            mine = [sentence for sentence, y in zip(sentences, split.y.tolist(), strict=True) if y == label]
            assert mine == [line for k, line in enumerate(lines[label]) if k % 10 in wanted[part]]
    assert len({" ".join(sentence) for sentence in seen}) == len(seen) == 10_662  # all differ, as the note says
    with pytest.raises(ValueError, match=r"^sentence_tags: expected a set of tagged words, .*; rt-polarity has none$"):
        data.sentence_tags()


@pytest.mark.slow
@pytest.mark.needs_data("ud-ewt")
def test_ud_ewt_is_what_its_files_say():
    data = load("ud-ewt")
    counts = {"train": (12_544, 204_577), "valid": (2_001, 25_147), "test": (2_077, 25_094)}
    for part, path in zip(PARTS, fetch(registry.get("ud-ewt")), strict=True):
        mine = pairs_of(data, part)
        assert (len(mine), sum(map(len, mine))) == counts[part]
        blocks = path.read_text(encoding="utf-8").strip("\n").split("\n\n")
        expected = [re.findall(r"^\d+\t([^\t]+)\t[^\t]+\t(\w+)\t", block, re.M) for block in blocks]
        assert mine == expected
        assert len(getattr(data, part)) == sum(counts[part])  # a mark behind each sentence
    assert data.tags is not None
    universal = "\n ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X"
    assert sorted(data.tags) == universal.split(" ")
    assert f"{sum(n for n, _ in counts.values()):,} sentences" in data.title
    assert " ".join(word for word, _ in pairs_of(data, "valid")[0]) == "From the AP comes this story :"


@pytest.mark.needs_data("wnut17")
def test_wnut17_is_what_its_files_say():
    data = load("wnut17")
    counts = {"train": (3_394, 62_730), "valid": (1_009, 15_733), "test": (1_287, 23_394)}
    for part, path in zip(PARTS, fetch(registry.get("wnut17")), strict=True):
        mine = pairs_of(data, part)
        assert (len(mine), sum(map(len, mine))) == counts[part]
        lines = path.read_text(encoding="utf-8").split("\n")
        assert [pair for message in mine for pair in message] == [tuple(x.split("\t")) for x in lines if x.strip()]
    assert f"{sum(n for n, _ in counts.values()):,} messages" in data.title
    kinds = {tag[2:] for tag in data.tags or () if tag not in ("O", "\n")}
    assert kinds == {"person", "location", "group", "corporation", "product", "creative-work"}
    begins = Counter(tag for message in pairs_of(data, "test") for _, tag in message if tag.startswith("B-"))
    assert sum(begins.values()) == 1079
    names = {part: {w.lower() for s in pairs_of(data, part) for w, t in s if t != "O"} for part in PARTS}
    assert len(names["test"] & names["train"]) / len(names["test"]) < 0.2  # few, as the note says


# Small files, from the server to tensors.


def polarity_zip(negative: str, positive: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("sentence_polarity/rt-polarity.neg", negative)
        archive.writestr("sentence_polarity/rt-polarity.pos", positive)
    return stream.getvalue()


def test_rt_polarity_through_the_net(cache, site, monkeypatch):
    entry = registry.get("rt-polarity")
    body = polarity_zip("\n".join("abcdefghij"), "\n".join(f"{c} é\x96 ." for c in "ABCDEFGHIJ") + "\n\n")
    url = site.add("p.zip", body, half, right)
    registered(monkeypatch, with_files(entry, {entry.files[0].path: body}, lambda path: (url,)))
    data = load("rt-polarity")
    assert list(data.sentences("valid")) == [["i"], ["I", "é\x96", "."]]
    assert list(data.sentences("test")) == [["j"], ["J", "é\x96", "."]]
    assert data.test.y is not None
    assert data.test.y.tolist() == [0, 1]
    assert len(data.train) == 16
    assert data.vocabulary is not None
    assert data.vocabulary[:2] == (".", "é\x96")


@pytest.mark.parametrize(
    ("body", "got"),
    [
        (b"no zip", "got File is not a zip file"),
        (polarity_zip("a\nb", "c"), "got 2 and 1"),
        (polarity_zip("a", "b"), "for three splits, got too few"),
    ],
)
def test_polarity_files_of_another_form(tmp_path, body, got):
    (tmp_path / "x.zip").write_bytes(body)
    with pytest.raises(DatasetError, match=f"x.zip: expected .*{got}; fetch it again$") as caught:
        labelled_words.read_rt_polarity([tmp_path / "x.zip"])
    assert "\n" not in str(caught.value)


def conllu(*words: str) -> str:
    lines = [f"{k}\t{w.split('/')[0]}\t_\t{w.split('/')[1]}\t_\t_\t_\t_\t_\t_\n" for k, w in enumerate(words, 1)]
    return "# text = …\n" + "".join(lines) + "\n"


@pytest.mark.parametrize(
    ("name", "bodies"),
    [
        ("ud-ewt", [conllu("Do/AUX", "n't/PART"), conllu("a/X") + "# end\n\n\n", conllu("b/X").strip("\n")]),
        ("wnut17", ["Do\tAUX\nn't\tPART\n\t\n", "a\tX\n\n\n", "b\tX"]),
    ],
)
def test_tagged_words_through_the_net(cache, site, monkeypatch, name, bodies):
    bodies = [re.sub("(AUX|PART|X)$", r"B-\1", b, flags=re.M) if name == "wnut17" else b for b in bodies]
    bodies[0] = bodies[0].replace("1\tDo", "1-2\tDon't\t_\t_\t_\t_\t_\t_\t_\t_\n1\tDo")
    bodies[0] += "1.1\tghost\t_\tX\t_\t_\t_\t_\t_\t_\n" if name == "ud-ewt" else ""
    entry = registry.get(name)
    files = {file.path: body.encode() for file, body in zip(entry.files, bodies, strict=True)}
    registered(monkeypatch, with_files(entry, files, lambda path: (site.add(path, files[path], half, right),)))
    data = load(name)
    b = "B-" if name == "wnut17" else ""
    assert pairs_of(data, "train") == [[("Do", f"{b}AUX"), ("n't", f"{b}PART")]]
    assert pairs_of(data, "valid") == [[("a", f"{b}X")]]
    assert pairs_of(data, "test") == [[("b", f"{b}X")]]
    assert data.counts == {"train": 3, "valid": 2, "test": 2}


@pytest.mark.parametrize(
    ("name", "text", "got"),
    [
        ("ud_ewt", "1\ta\tX\n", "10 columns, got .* in line 1"),
        ("ud_ewt", conllu("a/X") + conllu("/X"), "10 columns, got .* in line 5"),
        ("ud_ewt", "# nothing\n", "tagged words, got none"),
        ("ud_ewt", "\udcff", "a text in UTF-8, got 'utf-8' codec.*"),
        ("wnut17", "a\tO\nb O\n", "a word, a tab and a tag, got 'b O' in line 2"),
        ("wnut17", "a\tO\t\n", "a word, a tab and a tag, got .* in line 1"),
        ("wnut17", "\tO\n", "a word, a tab and a tag, got .* in line 1"),
        ("wnut17", "a\tperson\n", "a word, a tab and a tag, got .* in line 1"),
        ("wnut17", "\n\n", "tagged words, got none"),
    ],
)
def test_tagged_files_of_another_form(tmp_path, name, text, got):
    (tmp_path / "x").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(DatasetError, match=f"x: expected {got}; fetch it again$") as caught:
        getattr(labelled_words, f"read_{name}")(3 * [tmp_path / "x"])
    assert "\n" not in str(caught.value)
