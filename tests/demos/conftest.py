"""Stored weights of small models, and pages with demos of them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from demo_pages import HEAD, THEME, Watched
from playwright.sync_api import Browser
from small_models import images, random_model, store

from lecturelib.demos import sampling_slider, show
from lecturelib.demos.build import DEMOS, STORED, build, build_script, weights_script


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the stored weights of all demos."""
    folder = tmp_path_factory.mktemp("weights")
    for name in STORED:
        store(folder, name)
    return folder


def slider_html() -> str:
    model, x = random_model("fvsbn"), images(3)
    slider = sampling_slider(model.conditionals(x).detach(), x, 28, 28, title="Sampling", alt="Digits appear")
    return slider._repr_html_()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, weights: Path) -> Path:
    """Pages one folder below the root, as chapters are: sampling.html, one a demo, and notebooks."""
    root = tmp_path_factory.mktemp("site")
    build(root / "demos", weights=weights)
    (root / "book").mkdir()
    bodies = {"sampling": slider_html()} | {name: show(name)._repr_html_() for name in DEMOS}
    for theme in ("light", "dark"):
        head = HEAD.format(theme=theme, root='data-content_root="../"', style=THEME)
        for name, body in bodies.items():
            (root / "book" / f"{name}-{theme}.html").write_text(head + body)
    notebook = HEAD.format(theme="light", root="", style="")
    (root / "notebook.html").write_text(notebook + bodies["nade"])
    inline = f"<div class='lecture-demo' data-demo='nade'></div><script>{build_script(['nade'])}"
    (root / "inline.html").write_text(notebook + inline + weights_script("nade", weights=weights) + "</script>")
    return root


@pytest.fixture
def watched(browser: Browser, site: Path) -> Iterator[Callable[..., Watched]]:
    pages: list[Watched] = []

    def new(**options: object) -> Watched:
        pages.append(Watched(browser, site, **options))
        return pages[-1]

    yield new
    for one in pages:
        one.page.close()
        assert one.problems == []
