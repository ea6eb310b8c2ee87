"""The ePub: complete and well-formed, and of each page what can be read without a script."""

import zipfile
from xml.etree import ElementTree

import pytest

from lecturelib.editions.epub import Document, bind, last_updated, write_epub
from lecturelib.editions.pdf import print_book

XHTML = "{http://www.w3.org/1999/xhtml}"
PAGES = [
    Document("I", "A & B", "a.xhtml", '<article><p>x</p><math xmlns="http://www.w3.org/1998/Math/MathML"/></article>'),
    Document("I", "C", "c.xhtml", '<article><svg xmlns="http://www.w3.org/2000/svg"/></article>'),
    Document("II", "D", "d.xhtml", '<article><img src="images/d.png" alt="d"/></article>'),
]
BAR = """<nav class="bd-links"><span class="caption-text">I</span>
<a class="reference internal" href="nade.html">1. NADE</a><a class="reference internal" href="other.html">Other</a>
<span class="caption-text">Solutions</span><a class="reference internal" href="solutions/nade.html">Checks</a></nav>
<p>Last updated on 3 May 2026.</p>"""
NADE = """<!DOCTYPE html><article class="bd-article"><section id="nade">
<h1>NADE<a class="headerlink" href="#nade">#</a></h1>
<p id="twice">One &amp; <mjx-container><svg></svg><mjx-assistive-mml><math><mi>x</mi></math></mjx-assistive-mml>
</mjx-container><br>two, see <a href="other.html#there">other</a>, <a href="api/x.html">library</a>,
<a href="#twice">here</a>, <a href="#lost">lost</a>.</p><p id="twice" align="left" data-a="1">three</p>
<details class="hide"><pre>folded code</pre></details>
<div class="lecture-demo"><button>Go</button><svg role="img" aria-label="still"><path></path></svg></div>
<div class="lecture-quiz">Which? <input><details><summary>(a) this</summary><p>No.</p></details></div>
<div class="admonition dropdown derivation">derived</div>
<section id="exercises"><h2>Exercises</h2><div class="exercise">Do it.</div>
<div class="admonition dropdown tip">hint</div><div class="solution dropdown admonition">solved</div></section>
<img src="../pictures/p%20q.png" alt="p"><script>1</script></section></article>"""


def test_the_book_is_complete_and_the_same_each_time(tmp_path):
    for name in ("1.epub", "2.epub"):
        bind(PAGES, {"images/d.png": b"png"}, tmp_path / name, modified="2026-05-03T00:00:00Z")
    assert (tmp_path / "1.epub").read_bytes() == (tmp_path / "2.epub").read_bytes()
    with zipfile.ZipFile(tmp_path / "1.epub") as book:
        first, *rest = book.infolist()
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert book.read("mimetype") == b"application/epub+zip"
        package = ElementTree.fromstring(book.read("EPUB/book.opf"))
        items = {e.get("href"): e for e in package.iter("{http://www.idpf.org/2007/opf}item")}
        assert {f"EPUB/{name}" for name in items} | {"META-INF/container.xml", "EPUB/book.opf"} == {
            f.filename for f in rest
        }
        spine = [e.get("idref") for e in package.iter("{http://www.idpf.org/2007/opf}itemref")]
        assert spine == ["title", "nav", *(items[page.name].get("id") for page in PAGES)]
        kinds = [items[page.name].get("properties") for page in PAGES]
        assert kinds == ["mathml", "svg", None]
        contents = ElementTree.fromstring(book.read("EPUB/nav.xhtml"))
        assert [e.text for e in contents.iter(f"{XHTML}a")] == [page.title for page in PAGES]
        assert [e.text for e in contents.iter(f"{XHTML}span")] == ["I", "II"]


def test_a_page_that_is_no_xml_is_an_error(tmp_path):
    with pytest.raises(ValueError, match=r"EPUB/bad\.xhtml: expected well-formed XML, got"):
        bind([Document("I", "Bad", "bad.xhtml", "<p>one<br>")], {}, tmp_path / "b.epub", modified="")
    assert not (tmp_path / "b.epub").exists()


@pytest.mark.slow
def test_of_a_page_stays_what_can_be_read_without_a_script(tmp_path, browser):
    (tmp_path / "book/solutions").mkdir(parents=True)
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures/p q.png").write_bytes(b"png")
    (tmp_path / "book/index.html").write_text(BAR)
    (tmp_path / "book/nade.html").write_text(NADE)
    for name in ("other", "solutions/nade"):
        (tmp_path / f"book/{name}.html").write_text("<article class='bd-article'><h1>Other</h1></article>")
    assert last_updated(tmp_path) == "2026-05-03T00:00:00Z"
    assert write_epub(tmp_path, tmp_path / "b.epub", browser) == 4
    with zipfile.ZipFile(tmp_path / "b.epub") as book:
        assert book.read("EPUB/images/p-q.png") == b"png"
        page, answers = (ElementTree.fromstring(book.read(f"EPUB/{n}nade.xhtml")) for n in ("", "answers-"))
    text = " ".join(" ".join(page.itertext()).split())
    for kept in ("One & x two", "Which? (a) this No.", "derived", "Do it."):
        assert kept in text
    for gone in ("#", "folded", "Go", "hint", "solved"):
        assert gone not in text
    assert [e.get("href") for e in page.iter(f"{XHTML}a")] == [
        "other.xhtml",
        "https://sequences-and-self-supervision.github.io/book/book/api/x.html",
        "#twice",
    ]
    assert [e.get("id") for e in page.iter(f"{XHTML}p")][:2] == ["twice", None]
    assert len(list(page.iter("{http://www.w3.org/2000/svg}path"))) == 1
    said = " ".join(" ".join(answers.itertext()).split())
    assert "Answers: NADE" in said
    assert "Do it. solved" in said
    assert "hint" not in said
    assert "three" not in said
    assert print_book(tmp_path, tmp_path / "b.pdf", browser) == 6  # title, contents, and a page each
