"""The built site without a browser: every link, anchor, picture and launch button leads where it says."""

import importlib
import json
import pkgutil
import tomllib
import zlib
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from bs4 import BeautifulSoup

import lecturelib
from lecturelib import notebooks
from lecturelib.notebooks.rules import PARTS

ROOT = Path(__file__).resolve().parents[2]
REPOSITORY = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]["Repository"]
OWN = urlsplit(REPOSITORY).path.strip("/")

pytestmark = pytest.mark.slow


def parse(page: Path) -> BeautifulSoup:
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")


def references(soup: BeautifulSoup) -> list[tuple[str, str]]:
    """Return the pairs of element and address: all that a page links to or loads."""
    attributes = {"a": "href", "link": "href", "img": "src", "script": "src", "iframe": "src", "source": "src"}
    return [
        (name, str(element[attribute]))
        for name, attribute in attributes.items()
        for element in soup.find_all(name)
        if element.has_attr(attribute)
    ]


def link_problems(site: Path, pages: list[Path]) -> list[str]:
    """Name every address inside the site that leads nowhere, and every outside one that is loaded or odd."""
    anchors: dict[Path, set[str]] = {}
    found = []
    for page in pages:
        for element, address in references(parse(page)):
            where = f"{page.relative_to(site)}: <{element}> {address}"
            parts = urlsplit(address)
            if parts.scheme in ("data", "mailto", "javascript"):
                continue
            if parts.scheme or parts.netloc:
                outside = element == "a" or (element == "link" and address.startswith(site_url()))
                sane = (
                    parts.scheme == "https"
                    and "." in parts.netloc
                    and not (parts.netloc + parts.path).endswith((".", ",", ";", ")."))
                )
                if not outside:
                    found.append(f"{where}: loaded from outside the site")
                elif not sane:
                    found.append(f"{where}: expected an https address")
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            target = target / "index.html" if target.is_dir() else target
            if not target.is_file() or site.resolve() not in target.parents:
                found.append(f"{where}: no such file in the site")
            elif parts.fragment and target.suffix == ".html":
                if target not in anchors:
                    soup = parse(target)
                    anchors[target] = {
                        str(e[k]) for k in ("id", "name") for e in soup.find_all(lambda tag, k=k: tag.has_attr(k))
                    }
                if unquote(parts.fragment) not in anchors[target]:
                    found.append(f"{where}: no such anchor")
    return found


def site_url() -> str:
    """Return where the site is published: the canonical link of its pages."""
    owner, name = OWN.split("/")
    return f"https://{owner}.github.io/{name}"


def test_every_link_and_anchor_resolves(site: Path, pages: list[Path]):
    assert link_problems(site, [*pages, site / "index.html"]) == []


BAD = {
    '<a href="gone.html">': "no such file",
    '<a href="../../etc/passwd">': "no such file",
    '<a href="#gone">': "no such anchor",
    '<a href="other.html#gone">': "no such anchor",
    '<a href="http://example.org/">': "expected an https",
    '<a href="https://example.org).">': "expected an https",
    '<img src="https://example.org/a.png">': "outside the site",
    '<script src="//example.org/a.js">': "outside the site",
}


@pytest.mark.parametrize("html", BAD)
def test_a_bad_link_is_named(html: str, tmp_path: Path):
    page, other = tmp_path / "a.html", tmp_path / "other.html"
    other.write_text("<p id='here'>")
    page.write_text("<a href='other.html#here'></a><a href='https://example.org/'></a>" + html)
    (problem,) = link_problems(tmp_path, [page])
    assert BAD[html] in problem


def test_every_page_of_the_contents_is_built(site: Path):
    lines = (ROOT / "_toc.yml").read_text().splitlines()
    files = [line.split(":")[1].strip() for line in lines if line.strip(" -").startswith(("file:", "root:"))]
    assert len(files) >= 8
    assert [name for name in files if not (site / f"{name}.html").is_file()] == []


def buttons(page: Path, host: str) -> list[str]:
    return [url for element, url in references(parse(page)) if element == "a" and urlsplit(url).netloc == host]


@pytest.mark.parametrize("path", sorted((ROOT / "book").rglob("*.ipynb")), ids=lambda path: path.stem)
def test_launch_buttons_open_the_notebook_of_their_page(path: Path, site: Path):
    name = path.relative_to(ROOT)
    page = site / name.with_suffix(".html")
    (colab,) = buttons(page, "colab.research.google.com")
    prefix = f"/github/{OWN}/blob/main/"
    assert urlsplit(colab).path.startswith(prefix)
    assert ROOT / urlsplit(colab).path.removeprefix(prefix) == path
    (binder,) = buttons(page, "mybinder.org")
    assert urlsplit(binder).path == f"/v2/gh/{OWN}/main"
    (inside,) = parse_qs(urlsplit(binder).query)["urlpath"]
    assert ROOT / inside.removeprefix("lab/tree/") == path
    (kaggle,) = buttons(page, "www.kaggle.com")
    (source,) = parse_qs(urlsplit(kaggle).query)["src"]
    assert source == f"https://github.com/{urlsplit(colab).path.removeprefix('/github/')}"
    (codespaces,) = buttons(page, "codespaces.new")
    assert urlsplit(codespaces).path == f"/{OWN}"


def test_edit_buttons_open_files_of_the_repository(pages: list[Path]):
    prefix = f"{REPOSITORY}/edit/main/"
    edits = [url for page in pages for url in buttons(page, "github.com") if url.startswith(prefix)]
    assert len(edits) >= 5
    assert [url for url in edits if not (ROOT / url.removeprefix(prefix)).is_file()] == []


def test_every_chapter_cites(site: Path):
    """A chapter that cites nothing has forgotten its papers."""
    for path in [path for part in PARTS for path in sorted((ROOT / "book" / part).glob("*.ipynb"))]:
        page = parse(site / path.relative_to(ROOT).with_suffix(".html"))
        assert page.select("a[href*='bibliography.html#id']"), path.stem


def test_every_public_name_is_on_a_page_of_the_library(site: Path):
    """What a package exports is documented under its name or that of the module it comes from."""
    inventory = zlib.decompress((site / "objects.inv").read_bytes().split(b"\n", 4)[4]).decode()
    documented = {line.split()[0] for line in inventory.splitlines() if " py:" in line}
    for found in pkgutil.iter_modules(lecturelib.__path__):
        if found.name in ("__main__", "atomic", "install", "paths", "tasks"):  # nobody else's business
            continue
        module = importlib.import_module(f"lecturelib.{found.name}")
        known = {entry for entry in documented if f"{entry}.".startswith(f"{module.__name__}.")}
        assert known, module.__name__
        for name in getattr(module, "__all__", []):
            if callable(getattr(module, name)):
                assert any(entry.endswith(f".{name}") for entry in known), f"{module.__name__}.{name}"


def test_figures_carry_their_alt_text(site: Path):
    for path in sorted((ROOT / "book").rglob("*.ipynb")):
        page = parse(site / path.relative_to(ROOT).with_suffix(".html"))
        labels = [image.get("alt", "") for image in page.find_all("img")]
        labels += [drawing.get("aria-label", "") for drawing in page.select("svg.figure")]
        alts = {" ".join(str(label).split()) for label in labels}
        for cell in notebooks.code_cells(notebooks.read(path)):
            alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt")
            assert alt is None or " ".join(alt.split()) in alts, f"{path.stem}: {alt!r} is on no picture"


def test_site_speaks_of_the_project_alone(site: Path):
    """Nothing of the machine that built it is in the pages."""
    pages = [*site.rglob("*.html"), site / "searchindex.js"]
    assert [page for page in pages if str(ROOT) in page.read_text(encoding="utf-8")] == []
    assert json.dumps(str(ROOT)) not in (site / "searchindex.js").read_text(encoding="utf-8")
