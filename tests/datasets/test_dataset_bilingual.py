"""Sentence pairs and the dictionary: what their files say, read another way; files of another form."""

import base64
import gzip
import io
import itertools
import re
import zipfile
from collections import Counter

import pytest
from loopback import half, registered, right, with_files

from lecturelib.datasets import DatasetError, Dictionary, SentencePairs, bilingual, load, registry
from lecturelib.datasets.files import fetch

TATOEBA, FREEDICT = registry.get("tatoeba-en-es"), registry.get("freedict-en-es")
PARTS = ("train", "valid", "test")
B64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


@pytest.fixture(scope="module")
def tatoeba():
    return load("tatoeba-en-es")


@pytest.mark.slow
@pytest.mark.needs_data("tatoeba-en-es")
def test_tatoeba_is_what_its_file_says(tatoeba):
    data = tatoeba
    assert isinstance(data, SentencePairs)
    counts = {part: len(getattr(data, part)) for part in PARTS}
    assert counts == {"train": 107_132, "valid": 5_900, "test": 5_932}
    assert len(data) == sum(counts.values()) == 118_964
    assert "118,964" in data.title
    with zipfile.ZipFile(fetch(TATOEBA)[0]) as archive:
        raw = archive.read("spa-eng/spa.txt").decode()
    pairs = [pair for part in PARTS for pair in getattr(data, part)]
    assert sorted("\t".join(pair) for pair in pairs) == sorted(raw.rstrip("\n").split("\n"))
    for part in PARTS:  # in the file's order: by the English sentence's length
        lengths = [len(english.encode()) for english, _ in getattr(data, part)]
        assert sum(a > b for a, b in itertools.pairwise(lengths)) < 0.01 * len(lengths)
    for side in (0, 1):
        train, valid, test = ({pair[side] for pair in getattr(data, part)} for part in PARTS)
        assert len(train | valid | test) == len(train) + len(valid) + len(test)
    assert sum("Tom" in english for english, _ in pairs) / len(pairs) == pytest.approx(
        0.2, abs=0.03
    )  # as the note says
    assert repr(data).splitlines()[1] == "  train     107132 pairs"


@pytest.mark.slow
@pytest.mark.needs_data("tatoeba-en-es")
def test_tatoebas_sentences_are_words_and_none_comes_twice(tatoeba):
    data = tatoeba
    english, spanish = data.sentences("en"), data.sentences("es")
    assert (len(english), len(spanish)) == (92_647, 102_039)
    assert len(english) == len({pair[0] for pair in data.train})
    assert (english[0], spanish[0]) == (["go"], ["ve"])
    counts = Counter(word for sentence in english for word in sentence)
    assert sum(counts.values()) == 624_850
    assert sum(n >= 5 for n in counts.values()) == 4_787
    assert all(word == word.lower() and word.isalnum() for word in counts)
    assert any("él" in sentence for sentence in spanish[:60])
    assert len(data.sentences("es", "valid")) == len({pair[1] for pair in data.valid})
    with pytest.raises(ValueError, match=r"^language: expected one of en, es, got 'fr'$"):
        data.sentences("fr")
    with pytest.raises(ValueError, match=r"^part: expected one of train, valid, test, got 'dev'$"):
        data.sentences("en", "dev")


@pytest.mark.slow
@pytest.mark.needs_data("tatoeba-en-es")
def test_families_are_those_of_scipy(tatoeba):
    from scipy.sparse import coo_matrix  # type: ignore[import-untyped]
    from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]

    pairs = tatoeba.train[:20_000]
    number: dict[tuple[int, str], int] = {}
    ends = [[number.setdefault((side, pair[side]), len(number)) for pair in pairs] for side in (0, 1)]
    graph = coo_matrix((len(pairs) * [1], ends), shape=(len(number), len(number)))
    count, of = connected_components(graph, directed=False)
    ours = bilingual.families(pairs)
    assert len(set(ours)) == count
    assert len(set(zip(ours, of[ends[0]].tolist(), strict=True))) == count
    assert list(dict.fromkeys(ours)) == list(range(count))  # in the order of their first pairs


@pytest.mark.needs_data("freedict-en-es")
def test_freedict_is_what_its_files_say():
    data = load("freedict-en-es")
    assert isinstance(data, Dictionary)
    text, index = fetch(FREEDICT)
    content = gzip.decompress(text.read_bytes())
    expected: dict[str, set[str]] = {}
    for line in index.read_text(encoding="utf-8").splitlines():
        head, *place = line.split("\t")
        if head.startswith("00database"):
            continue
        # Base 64 by the standard library: padded to 3 bytes, which are 4 digits.
        start, length = (int.from_bytes(base64.b64decode(digits.rjust(8, "A"))) for digits in place)
        lines = content[start : start + length].decode().strip().split("\n")
        spanish = lines[0][: lines[0].index(" /")].lower()
        for gloss in re.findall(r"[^,\n]+", re.sub(r"(?m)^\d+\. ", "", "\n".join(lines[1:]).lower())):
            if re.fullmatch(r"[^\W\d_]+", spanish) and re.fullmatch(r"[^\W\d_]+", gloss.strip()):
                expected.setdefault(gloss.strip(), set()).add(spanish)
    found = {word: set(right) for part in PARTS for word, right in getattr(data, part).items()}
    assert found == expected
    assert all(list(right) == sorted(right) for part in PARTS for right in getattr(data, part).values())
    assert len(data) == sum(len(getattr(data, part)) for part in PARTS) == len(found)  # so no word is in two splits
    assert [len(getattr(data, part)) for part in PARTS] == [3443, 491, 982]
    assert [sum(map(len, getattr(data, part).values())) for part in PARTS] == [5234, 755, 1518]
    assert data.train["house"] == ("casa",)
    assert "pequeño" in found["little"] & found["small"]  # as the note says
    assert not {"went", "which", "week", "buys"} & found.keys()
    assert repr(data).splitlines()[3] == "  test      982 words, 1518 pairs"


# Small files, from the server to words.


def spa_eng(text: str | bytes, name: str = "spa-eng/spa.txt") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, text)
    return stream.getvalue()


def test_tatoeba_through_the_net(cache, site, monkeypatch):
    lines = [f"E{k}.\tS{k}." for k in range(18)]
    # Two families of several pairs: the first has the second Spanish sentence, and another English one.
    lines += ["V.\tV1.", "V.\tV2.", "T.\tT.", "Va.\tV2.", "¿Don't, 2_b?\tSí.", "T.\tT2."]
    body = spa_eng("\n".join(lines) + "\n")
    url = site.add("spa-eng.zip", body, half, right)
    registered(monkeypatch, with_files(TATOEBA, {TATOEBA.files[0].path: body}, lambda path: (url,)))
    data = load("tatoeba-en-es")
    assert data.valid == [("V.", "V1."), ("V.", "V2."), ("Va.", "V2.")]
    assert data.test == [("T.", "T."), ("T.", "T2.")]
    assert data.train[17:] == [("E17.", "S17."), ("¿Don't, 2_b?", "Sí.")]
    assert data.sentences("en")[-1] == ["don", "t", "2", "b"]
    assert data.sentences("en", "valid") == [["v"], ["va"]]
    assert data.sentences("es", "valid") == [["v1"], ["v2"]]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"no zip", "a zip file with spa-eng/spa.txt, got File is not a zip file"),
        (spa_eng("a\tb\n", "other.txt"), "a zip file with spa-eng/spa.txt, got .*no item named"),
        (spa_eng(b"\xff"), "a zip file with spa-eng/spa.txt, got 'utf-8' codec"),
        (spa_eng(1000 * "a\tb\n")[:-40], "a zip file with spa-eng/spa.txt"),
        (spa_eng("a\tb\nc\n"), r"lines of two sentences, a tab between them, got 'c' in line 2"),
        (spa_eng("a\tb\tc\n"), r"lines of two sentences, a tab between them, got 'a\\tb\\tc' in line 1"),
        (spa_eng("\tb\n"), r"lines of two sentences, a tab between them, got '\\tb' in line 1"),
        (spa_eng(""), "pairs for three splits, got 0"),
        (spa_eng("a\tb\n"), "pairs for three splits, got 1"),
    ],
)
def test_pairs_of_another_form(tmp_path, body, expected):
    (tmp_path / "x.zip").write_bytes(body)
    with pytest.raises(DatasetError, match=f"x.zip: expected {expected}.*; fetch it again$") as caught:
        bilingual.read_tatoeba([tmp_path / "x.zip"])
    assert "\n" not in str(caught.value)


def dictd(*entries: str) -> tuple[bytes, bytes]:
    """The text, packed, and its index."""
    text, index = b"", ""
    for entry in ("00database-about /x/\nnothing\n", *entries):
        body = entry.encode()
        index += f"{entry.split(' /')[0]}\t{digits(len(text))}\t{digits(len(body))}\n"
        text += body
    return gzip.compress(text, mtime=0), index.encode()


def digits(number: int) -> str:
    return (digits(number // 64) if number >= 64 else "") + B64[number % 64]


NUMBERS = [f"n{chr(97 + k)} /n/\nb{chr(97 + k)}\n" for k in range(9)]


def test_freedict_through_the_net(cache, site, monkeypatch):
    entries = ["Él /ˈel/\n1. he, Him\n2. ba, two words, it's\n", "dos palabras /x/\nbb\n", *NUMBERS]
    bodies = dict(zip((file.path for file in FREEDICT.files), dictd(*entries), strict=True))
    urls = {path: site.add(path.split("/")[-1], body, half, right) for path, body in bodies.items()}
    registered(monkeypatch, with_files(FREEDICT, bodies, lambda path: (urls[path],)))
    data = load("freedict-en-es")
    assert list(data.train.items()) == [
        ("ba", ("na", "él")),
        *((f"b{c}", (f"n{c}",)) for c in "bcdefg"),
        ("him", ("él",)),
    ]
    assert data.valid == {"bh": ("nh",)}
    assert data.test == {"bi": ("ni",), "he": ("él",)}


@pytest.mark.parametrize(
    ("text", "index", "expected"),
    [
        (b"no gzip", b"a\tA\tB\n", "a dictionary of dictd, got Not a gzipped file"),
        (gzip.compress(b"a /a/\nb\n", mtime=0)[:-9], b"a\tA\tI\n", "a dictionary of dictd, got "),
        (gzip.compress(b"a /a/\nb\n", mtime=0), b"a\tA\n", "a dictionary of dictd, got not enough values"),
        (gzip.compress(b"a /a/\nb\n", mtime=0), b"a\tA\t!\n", "a dictionary of dictd, got substring not found"),
        (gzip.compress(b"a /a/\nb\n", mtime=0), b"\xff", "a dictionary of dictd, got 'utf-8' codec"),
        (gzip.compress(b"\xff", mtime=0), b"a\tA\tB\n", "a dictionary of dictd, got 'utf-8' codec"),
        (gzip.compress(b"a b\n", mtime=0), b"a\tA\tE\n", "entries 'word /speech/', got 'a b"),
        (*dictd(*NUMBERS[:7]), "words for three splits, got 7"),
        (*dictd(), "words for three splits, got 0"),
    ],
)
def test_dictionaries_of_another_form(tmp_path, text, index, expected):
    (tmp_path / "x.dict.dz").write_bytes(text)
    (tmp_path / "x.index").write_bytes(index)
    with pytest.raises(DatasetError, match=f"x.dict.dz: expected {expected}.*; fetch it again$") as caught:
        bilingual.read_freedict([tmp_path / "x.dict.dz", tmp_path / "x.index"])
    assert "\n" not in str(caught.value)
