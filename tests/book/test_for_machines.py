"""The maps of the site for search engines and language models name every page, as it is."""

import re
from xml.etree import ElementTree

import pytest

pytestmark = pytest.mark.slow


def test_sitemap_and_llms_txt_name_every_page_of_the_book_once(site, pages):
    book = {str(page.relative_to(site).as_posix()) for page in pages if page.relative_to(site).parts[0] == "book"}
    tree = ElementTree.parse(site / "sitemap.xml").getroot()
    mapped = [str(url.text) for url in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    base = mapped[0].split("/book/book/")[0] + "/book/"
    assert {address.removeprefix(base) for address in mapped} == book
    assert len(mapped) == len(book)
    text = (site / "llms.txt").read_text(encoding="utf-8")
    named = re.findall(r"^- \[(.+)\]\((.+?)\)(?:: .+)?$", text, flags=re.MULTILINE)
    assert {address for _, address in named} == set(mapped)
    assert sum("Self-Supervision" in title for title, _ in named) == 1  # the front page; others have their own titles
    assert f"]({base}book/sequences/nade.html): " in text


def test_a_page_that_moved_sends_on_to_one_that_is_there(site):
    text = (site / "book/api.html").read_text(encoding="utf-8")
    (target,) = re.findall(r'http-equiv="refresh" content="0; url=([^"]+)"', text)
    assert f'<a href="{target}">' in text
    assert (site / "book" / target).is_file()
