"""The Brown corpus and Wikipedia's articles: what their files say, read another way; files of another form."""

import html
import io
import re
import zipfile
from collections import Counter

import pytest
import torch
from loopback import half, registered, right, with_files

from lecturelib.datasets import Article, DatasetError, load, registry, words
from lecturelib.datasets.files import fetch

BROWN, WIKIPEDIA = registry.get("brown"), registry.get("wikipedia-2014")
PARTS = ("train", "valid", "test")
COUNTY = """\
The/at Fulton/np-tl County/nn-tl Grand/jj-tl Jury/nn-tl said/vbd Friday/nr an/at investigation/nn of/in Atlanta's/np$
recent/jj primary/nn election/nn produced/vbd ``/`` no/at evidence/nn ''/'' that/cs any/dti irregularities/nns took/vbd
place/nn ./."""


@pytest.fixture(scope="module")
def brown():
    return load("brown")


def words_of(data, part: str) -> list[str]:
    return [data.vocabulary[i] for i in getattr(data, part).x.tolist()]


@pytest.mark.needs_data("brown")
def test_brown_is_what_its_files_say(brown):
    assert brown.vocabulary is not None
    assert brown.tags is not None
    assert brown.counts == {"train": 800_000, "valid": 200_000, "test": 176_295}
    x = torch.cat([getattr(brown, part).x for part in PARTS])
    y = torch.cat([getattr(brown, part).y for part in PARTS])
    assert x.dtype == y.dtype == torch.int64
    typed = [f"{brown.vocabulary[i]}/{brown.tags[j]}" for i, j in zip(x.tolist(), y.tolist(), strict=True)]
    assert typed[:26] == [*COUNTY.split(), "\n/\n"]

    with zipfile.ZipFile(fetch(BROWN)[0]) as archive:
        texts = [archive.read(name).decode() for name in sorted(archive.namelist()) if re.search(r"/c\w\d\d$", name)]
    assert len(texts) == 500
    marks = {"\n/\n", "\f/\f"}
    assert [token for token in typed if token not in marks] == " ".join(texts).split()
    ends = [k for k, token in enumerate(typed) if token == "\f/\f"]
    assert len(ends) == 500
    assert ends[-1] == len(typed) - 1
    start = 0
    for text, end in zip(texts, ends, strict=True):
        # Another way to find paragraphs: look at the lines one by one.
        paragraphs, blank = [""], 0
        for line in text.strip().split("\n"):
            blank = 0 if line.strip() else blank + 1
            if blank == 2:
                paragraphs.append("")
            paragraphs[-1] += f"{line} "
        expected = [token for paragraph in paragraphs for token in [*paragraph.split(), "\n/\n"]]
        assert typed[start:end] == expected
        start = end + 1


@pytest.mark.needs_data("brown")
def test_browns_known_counts(brown):
    assert brown.vocabulary is not None
    assert brown.tags is not None
    x = torch.cat([getattr(brown, part).x for part in PARTS])
    counts = x.bincount(minlength=len(brown.vocabulary))
    assert counts.min() >= 1
    assert (counts.diff() <= 0).all()
    assert all(a < b for a, b, n in zip(brown.vocabulary, brown.vocabulary[1:], counts.diff(), strict=False) if n == 0)
    y = torch.cat([getattr(brown, part).y for part in PARTS]).bincount(minlength=len(brown.tags))
    assert (y.diff() <= 0).all()
    of = dict(zip(brown.vocabulary, counts.tolist(), strict=True))
    assert len(of) == len(brown.vocabulary)
    assert (of["\n"], of["\f"]) == (14_603, 500)
    assert sum(of.values()) == 1_161_192 + 14_603 + 500 == 1_176_295  # words as NLTK counts them, and the marks
    assert len({word.lower() for word in of} - {"\n", "\f"}) == 49_815
    assert len(set(brown.tags) - {"\n", "\f"}) == 472
    assert int((counts > 3).sum()) + 1 == 17_907
    assert "1,176,295" in brown.note
    assert "17,907" in brown.note
    for part in ("train", "valid"):  # the split cuts two texts in two
        assert words_of(brown, part)[-1] != "\f"


@pytest.mark.needs_data("brown")
def test_browns_sentences_are_its_paragraphs(brown):
    sentences = brown.sentences("train")
    assert next(iter(sentences)) == [token.rpartition("/")[0] for token in COUNTY.split()]
    assert len(sentences) == len(list(sentences)) == 8890
    assert not any({"\n", "\f"} & set(sentence) for sentence in sentences)
    assert Counter(word for sentence in sentences for word in sentence) == Counter(
        word for word in words_of(brown, "train") if word not in "\n\f"
    )


@pytest.mark.slow
@pytest.mark.needs_data("wikipedia-2014")
def test_wikipedia_2014_is_what_its_file_says():
    data = load("wikipedia-2014")
    assert data.vocabulary is not None
    raw = fetch(WIKIPEDIA)[0].read_text(encoding="utf-8")
    pieces = re.findall(r'<doc id="\d+" url="([^"]*)" title="([^"]*)">\n(.*?)</doc>\n', raw, re.S)
    assert len(pieces) == raw.count("<doc ") == 37_178
    part_of = 18 * ["train"] + ["valid", "test"]
    seen: dict[str, int] = dict.fromkeys(PARTS, 0)
    for k, (url, title, body) in enumerate(pieces):
        split = getattr(data, part_of[k % 20])
        mine = seen[part_of[k % 20]]
        seen[part_of[k % 20]] += 1
        article = split.articles[mine]
        assert article[:2] == (html.unescape(title), url)
        end = split.articles[mine + 1].start if mine + 1 < len(split.articles) else len(split)
        assert article.start < end
        if k % 61 == 0 and not re.search("[<&]", body):
            lines = ["".join(c if c.isalnum() else " " for c in line.lower()).split() for line in body.split("\n")]
            expected = [word for line in lines if line for word in [*line, "\n"]]
            assert [data.vocabulary[i] for i in split.x[article.start : end].tolist()] == expected
    assert seen == {"train": 33_462, "valid": 1_858, "test": 1_858}
    urls = [article.url for part in PARTS for article in getattr(data, part).articles]
    assert len(urls) == len(set(urls)) == 37_178  # so no article is in two splits
    assert all(re.fullmatch(r"http://en\.wikipedia\.org/wiki\?curid=\d+", url) for url in urls)
    assert data.counts == {"train": 8_534_503, "valid": 474_581, "test": 457_204}
    counts = torch.cat([getattr(data, part).x for part in PARTS]).bincount(minlength=len(data.vocabulary))
    assert len(counts) == len(set(data.vocabulary)) == 225_895
    assert counts.min() >= 1
    assert (counts.diff() <= 0).all()
    assert data.vocabulary[:4] == ("the", "of", "in", "\n")
    assert all(word == word.lower() for word in data.vocabulary)
    assert all(word.isalnum() for word in set(data.vocabulary) - {"\n"})
    assert sum(counts.tolist()) - int(counts[3]) == 9_202_009


@pytest.mark.slow
@pytest.mark.needs_data("wikipedia-2014")
def test_few_lines_of_wikipedia_are_in_two_splits():
    data = load("wikipedia-2014")
    train, *others = ([" ".join(line) for line in data.sentences(part) if len(line) > 5] for part in PARTS)
    known = set(train)
    for lines in others:
        assert sum(line in known for line in lines) / len(lines) == pytest.approx(0.0135, abs=0.001)  # as the note says


# Small files, from the server to tensors.


def brown_zip(**texts: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in texts.items():
            archive.writestr(f"brown/{name}", text)
    return stream.getvalue()


A01 = "\n\n\tThe/at jury/nn said/vbd :/: \n\n\tno/at 1\\/2/cd ./.\nIt/pps did/dod ./.\n\n\n\tThe/at-hl end/nn-hl \n\n\n"
B02 = "the/at //in ./.\n \n\t\n\n\n./.\n"


def test_brown_through_the_net(cache, site, monkeypatch):
    monkeypatch.setattr(words, "BROWN_CUTS", (10, 16))
    body = brown_zip(cb02=B02, CONTENTS="no text", cats="ca01 news", ca01=A01)
    url = site.add("brown.zip", body, half, right)
    registered(monkeypatch, with_files(BROWN, {BROWN.files[0].path: body}, lambda path: (url,)))
    data = load("brown")
    assert data.tags is not None
    assert words_of(data, "train") == ["The", "jury", "said", ":", "no", "1\\/2", ".", "It", "did", "."]
    assert words_of(data, "valid") == ["\n", "The", "end", "\n", "\f", "the"]
    assert words_of(data, "test") == ["/", ".", "\n", ".", "\n", "\f"]
    assert data.vocabulary is not None
    assert data.vocabulary[:5] == ("\n", ".", "\f", "The", "/")
    for part, expected in (
        ("train", ["at", "nn", "vbd", ":", "at", "cd", ".", "pps", "dod", "."]),
        ("valid", ["\n", "at-hl", "nn-hl", "\n", "\f", "at"]),
        ("test", ["in", ".", "\n", ".", "\n", "\f"]),
    ):
        assert [data.tags[j] for j in getattr(data, part).y.tolist()] == expected
    assert list(data.sentences("valid")) == [["The", "end"], ["the"]]
    assert list(data.sentences("test")) == [["/", "."], ["."]]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"no zip", "a zip file of ASCII texts, got File is not a zip file"),
        (brown_zip(ca01="é/nn"), "a zip file of ASCII texts, got 'ascii' codec"),
        (brown_zip(ca01=1000 * "a/b\n")[:-40], "a zip file of ASCII texts"),
        (brown_zip(ca01="a/b c d/e"), "word/tag, got 'c'"),
        (brown_zip(ca01="a/b /e"), "word/tag, got '/e'"),
        (brown_zip(ca01="a/b a/"), "word/tag, got 'a/'"),
        (brown_zip(), "more than 1000000 words, got 0"),
        (brown_zip(ca01="a/b"), "more than 1000000 words, got 3"),
    ],
)
def test_brown_files_of_another_form(tmp_path, body, expected):
    (tmp_path / "x.zip").write_bytes(body)
    with pytest.raises(DatasetError, match=f"x.zip: expected {expected}.*; fetch it again$") as caught:
        words.read_brown([tmp_path / "x.zip"])
    assert "\n" not in str(caught.value)


def doc(k: int, body: str, title: str = "T") -> str:
    return f'<doc id="{k}" url="http://en.wikipedia.org/wiki?curid={k}" title="{title}">\n{body}\n</doc>\n'


def test_wikipedia_2014_through_the_net(cache, site, monkeypatch):
    bodies = {
        0: "A &amp; B\n\nChina's <br>Größe_no 1 <ref name=x>(1.5)</ref>\n--\n",
        18: "valid",
        19: "test\nTEST",
        21: "z",
    }
    body = "".join(doc(k, bodies.get(k, "…"), "A &amp; B" if k == 0 else "T") for k in range(22)).encode()
    url = site.add("wiki.txt", body, half, right)
    registered(monkeypatch, with_files(WIKIPEDIA, {WIKIPEDIA.files[0].path: body}, lambda path: (url,)))
    data = load("wikipedia-2014")
    assert words_of(data, "train") == [*"ab", "\n", "china", "s", "größe", "no", *"115", "\n", "z", "\n"]
    assert words_of(data, "valid") == ["valid", "\n"]
    assert words_of(data, "test") == ["test", "\n", "test", "\n"]
    assert data.vocabulary is not None
    assert data.vocabulary[:4] == ("\n", "1", "test", "5")
    assert data.train.articles is not None
    assert data.train.articles[0] == Article("A & B", "http://en.wikipedia.org/wiki?curid=0", 0)
    assert data.train.articles[1:] == tuple(
        Article("T", f"http://en.wikipedia.org/wiki?curid={k}", 11) for k in (*range(1, 18), 20, 21)
    )
    assert repr(data.train) == "Split(x: int64 [13], articles: 20)"
    assert data.test.articles == (Article("T", "http://en.wikipedia.org/wiki?curid=19", 0),)
    assert list(data.sentences("train")) == [["a", "b"], ["china", "s", "größe", "no", "1", "1", "5"], ["z"]]


@pytest.mark.parametrize(
    ("text", "got"),
    [
        ("a\n", "'a' in line 1"),
        (doc(1, "a") + "\n", "'' in line 4"),
        (doc(1, "a") + "b\n", "'b' in line 4"),
        ("<doc id=1>\na\n</doc>\n", "'<doc id=1>' in line 1"),
        (doc(1, doc(2, "a")), "'<doc id=.2. .* in line 2"),
        ("</doc>\n", "'</doc>' in line 1"),
        (doc(1, "a").removesuffix("</doc>\n"), "an end within one"),
        (doc(1, "\udcff"), "'utf-8' codec"),
    ],
)
def test_wikipedia_files_of_another_form(tmp_path, text, got):
    (tmp_path / "x.txt").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(
        DatasetError, match=f"x.txt: expected articles, each between .* and </doc>, got {got}.*; fetch it again$"
    ) as caught:
        words.read_wikipedia_2014([tmp_path / "x.txt"])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("number", "body"), [(0, ""), (1, "a"), (19, "a"), (22, "…")])
def test_too_few_articles_of_wikipedia(tmp_path, number, body):
    (tmp_path / "x.txt").write_text("".join(doc(k, body) for k in range(number)))
    with pytest.raises(DatasetError, match=f"x.txt: expected articles for three splits, got {number}; fetch it again$"):
        words.read_wikipedia_2014([tmp_path / "x.txt"])
