"""Wikipedia's markup: what the dump says, by another way of reading it; and files of another form."""

import bz2
import html
import re

import pytest
import torch
from loopback import half, registered, right, with_files

from lecturelib.datasets import DatasetError, characters, load, registry
from lecturelib.datasets.files import fetch

ENTRY = registry.get("wikipedia-markup")
RARE = "\ufffd"


def text_of(data, part):
    return "".join(data.vocabulary[i] for i in getattr(data, part).x.tolist())


@pytest.mark.slow
@pytest.mark.needs_data("wikipedia-markup")
def test_wikipedia_markup():
    data = load("wikipedia-markup")
    dump = bz2.decompress(fetch(ENTRY)[0].read_bytes()).decode()
    articles = [
        (html.unescape(title), html.unescape(text) + "\n\n")
        for title, rest, text in re.findall(
            r"<page>\s*<title>(.*?)</title>\s*<ns>0</ns>(.*?)<text [^>]*>(.*?)</text>", dump, re.S
        )
        if "<redirect" not in rest
    ]
    assert [len(articles), articles[0][0], articles[-1][0]] == [106, "Anarchism", "Algorithm"]
    assert data.vocabulary is not None
    assert list(data.vocabulary) == sorted(set(data.vocabulary))
    assert len(data.vocabulary) == 121
    assert {"\n", *map(chr, range(32, 127)), RARE, "é", "–"} < set(data.vocabulary)
    total = sum(len(text) for _, text in articles)
    assert data.counts == {"train": 5_158_668, "valid": 304_648, "test": 265_522}
    assert sum(data.counts.values()) == total

    position = 0
    for part, number in (("train", 97), ("valid", 5), ("test", 4)):  # whole articles, in order, each in one split
        split, text = getattr(data, part), text_of(data, part)
        assert (split.x.dtype, split.x.dim(), split.y) == (torch.int64, 1, None)
        assert 0 <= int(split.x.min()) <= int(split.x.max()) < 121
        original = "".join(text for _, text in articles[position : position + number])
        assert len(text) == len(original)
        folded = {b for a, b in zip(text, original, strict=True) if a != b}
        assert all(a in (b, RARE) for a, b in zip(text, original, strict=True))
        assert not folded & set(data.vocabulary)
        assert text.count(RARE) / len(text) < 0.0015
        assert text.count("[[") == text.count("]]") > 1000
        for markup_of_wikipedia in ("{{", "<ref", "'''", "\n== ", "[[Category:"):
            assert markup_of_wikipedia in text
        for markup_of_the_dump in ("<page>", "<revision>", "#REDIRECT"):
            assert markup_of_the_dump not in text
        position += number
    train = "".join(text for _, text in articles[:97])
    for c in set(data.vocabulary) - {"\n", *map(chr, range(32, 127)), RARE}:
        assert train.count(c) >= 100
    assert all(train.count(c) < 100 for c in set(train) - set(data.vocabulary))


def dump(*texts: str, extra: str = "") -> bytes:
    """A dump with an article a text."""
    pages = "".join(
        f"<page><title>T</title><ns>0</ns><revision><text>{html.escape(text, quote=False)}</text></revision></page>"
        for text in texts
    )
    return bz2.compress(f'<mediawiki xmlns="http://www.mediawiki.org/xml/x/">{extra}{pages}</mediawiki>'.encode())


OTHER_PAGES = (
    "<page><title>R</title><ns>0</ns><redirect/><revision><text>redirect</text></revision></page>"
    "<page><title>Talk:T</title><ns>1</ns><revision><text>talk</text></revision></page>"
)


def test_wikipedia_markup_through_the_net(cache, site, monkeypatch):
    # With their blank lines 800, 100, 50 and 50 of 1000 characters: they begin at 0, 80%, 90% and 95%.
    texts = ["[[ä]]" + 793 * "é", 98 * "ö", "<ref>ä" + 42 * "x", 48 * "ö"]
    body = dump(*texts, extra=OTHER_PAGES)
    url = site.add("dump.bz2", body, half, right)
    registered(monkeypatch, with_files(ENTRY, {ENTRY.files[0].path: body}, lambda path: (url,)))
    data = load("wikipedia-markup")
    assert data.vocabulary == ("\n", *map(chr, range(32, 127)), "é", RARE)
    assert text_of(data, "train") == f"[[{RARE}]]{793 * 'é'}\n\n{98 * RARE}\n\n"
    assert text_of(data, "valid") == f"<ref>{RARE}{42 * 'x'}\n\n"
    assert text_of(data, "test") == f"{48 * RARE}\n\n"


def test_an_article_without_text_is_only_its_blank_line(tmp_path):
    (tmp_path / "x.bz2").write_bytes(dump("", "a"))
    assert characters.read_articles(tmp_path / "x.bz2") == ["\n\n", "a\n\n"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"no bz2", "a bz2-packed MediaWiki dump"),
        (dump("a")[:-9], "a bz2-packed MediaWiki dump"),
        (bz2.compress(b"<mediawiki>"), "a bz2-packed MediaWiki dump"),
        (b"", "a bz2-packed MediaWiki dump"),
        (dump(), "articles for three splits, got 0"),
        (dump("a" * 100, "b"), "articles for three splits, got 2"),
    ],
)
def test_files_of_another_form(tmp_path, body, expected):
    (tmp_path / "x.bz2").write_bytes(body)
    with pytest.raises(DatasetError, match=f"x.bz2: expected {expected}.*; fetch it again$") as caught:
        characters.read_wikipedia_markup([tmp_path / "x.bz2"])
    assert "\n" not in str(caught.value)
