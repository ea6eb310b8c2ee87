"""The demo of tasks and networks: its cells and ranks are those of the stored tables."""

import pytest
from demo_pages import open_demo
from node import node
from scipy.stats import kendalltau, rankdata  # type: ignore[import-untyped]

from lecturelib.demos import tasks_and_networks
from lecturelib.experiments import architectures

RANKS = """(tables) => Object.entries(tables).flatMap(([name, of]) => of.widths.map((width) => {
    const rows = rowsOf(of, width);
    return [name, width, rows.map(({ task }) => task), rows.map(({ cells }) => cells.map(({ mean }) => mean)),
        rankRows(rows), of.networks.map((_, n) => swaps(rows, 0, n))];
}))"""


def test_cells_and_ranks_are_those_of_the_tables():
    answers = node(("ranks.js",), RANKS, tasks_and_networks.packed()["tables"])
    assert [(name, width) for name, width, *_ in answers] == [
        *(("paper", width) for width in (4, 8, 12, 16)),
        *(("ours", width) for width in (8, 16)),
    ]
    for name, width, tasks, means, ranks, swaps in answers:
        want = architectures.paper(width) if name == "paper" else architectures.by_task(width)
        columns = list(zip(*means, strict=True))
        for k, (network, scores) in enumerate(want.items()):
            assert tasks == list(scores), network
            assert columns[k] == pytest.approx(list(scores.values()), abs=1e-5)
            assert [row[k] for row in ranks] == rankdata([-v for v in columns[k]], method="min").tolist()
            if len(tasks) > 2 and len(set(columns[k])) == len(tasks) == len(set(columns[0])):
                pairs = len(tasks) * (len(tasks) - 1) / 2
                assert kendalltau(columns[0], columns[k]).statistic == pytest.approx(1 - 2 * swaps[k] / pairs)


def test_means_and_spreads_read_as_in_the_chapter():
    ours = tasks_and_networks.packed()["tables"]["ours"]
    cells = [[f"{c['mean']:.1f} ± {c['spread']:.1f}" for c in row] for task in ours["cells"] for row in task]
    assert cells == [row[1:] for row in architectures.summary()[1]]


@pytest.mark.slow
def test_the_page_sorts_follows_and_links(watched):
    page = open_demo(watched, "architectures")
    status, rows = page.get_by_role("status"), page.locator("tbody th")
    assert rows.all_inner_texts()[0] == "R · rotation"
    page.get_by_role("button", name="ResNet50 v1").click()
    assert rows.all_inner_texts()[0] == "P · relative patch"
    assert page.locator("[aria-sort=descending]").inner_text() == "ResNet50 v1"
    assert "disagree most" in status.inner_text()
    for width in ("16", "12", "4"):
        page.get_by_label("Width").select_option(width)
    page.get_by_label("Follow").select_option("jigsaw")
    assert page.locator(".lecture-demo-followed text").first.text_content() == "J"
    page.locator("[data-in=table]").select_option("ours")
    page.get_by_label("Lines").select_option("score")
    page.get_by_role("button", name="44.2 ± 1.0").click()
    assert status.inner_text().startswith("exemplar, ResNet v1: stage 1 ")
    page.get_by_role("button", name="Link to this").click()
    again = watched().open("book/architectures-light.html#" + page.url.split("#")[1])
    again.wait_for_selector("tbody tr")
    assert again.locator("tbody").inner_text() == page.locator("tbody").inner_text()
    again.get_by_role("button", name="Reset").click()
    assert again.locator("tbody tr").count() == 4
    odd = watched().open("book/architectures-light.html#architectures=toString.7.9.x.y")
    odd.wait_for_selector("tbody tr")
    assert odd.locator("tbody tr").count() == 4
