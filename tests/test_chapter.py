"""The tables that chapters show: what stands in the files, rounded to what the spread allows."""

import json
import re
from html import escape

import pytest

from lecturelib import chapter, recipes


@pytest.mark.parametrize(
    ("mean", "spread", "shown"),
    [
        (97.54861, 0.00123, "97.549 ± 0.001"),
        (293.26, 1.57, "293 ± 2"),
        (25.65, 3.85, "26 ± 4"),
        (0.5, 0.0961, "0.5 ± 0.1"),
        (81.2, 0.0, "81.20 ± 0.00"),
    ],
)
def test_a_mean_has_no_more_digits_than_its_spread_allows(monkeypatch, mean, spread, shown):
    content = recipes.results("fvsbn-binarized-mnist")
    (entry,) = content["budgets"].values()
    entry |= {"mean": mean, "spread": spread}
    monkeypatch.setattr(recipes, "results", lambda name: content)
    assert f"| {shown} nats |" in repr(chapter.results_table("fvsbn-binarized-mnist"))


def test_one_seed_has_no_spread_and_no_plural(monkeypatch):
    content = recipes.results("fvsbn-binarized-mnist")
    (entry,) = content["budgets"].values()
    entry |= {"mean": 1.2345, "spread": None, "seeds": entry["seeds"][:1]}
    monkeypatch.setattr(recipes, "results", lambda name: content)
    text = repr(chapter.results_table("fvsbn-binarized-mnist"))
    assert "| 1.23 nats |" in text
    assert "1 seed," in text


def test_two_budgets_of_one_recipe_can_be_told_apart(monkeypatch):
    content = recipes.results("fvsbn-binarized-mnist")
    (entry,) = content["budgets"].values()
    content["budgets"] = {"cpu": entry | {"mean": 2.0}, "gpu": entry}
    monkeypatch.setattr(recipes, "results", lambda name: content)
    text = repr(chapter.results_table("fvsbn-binarized-mnist"))
    for budget in ("cpu", "gpu"):
        name = f"{content['title']}, {budget} budget"
        assert text.count(f"| {name} | ") == text.count(f"- {name}: `") == 1


def test_a_benchmark_can_be_shown_in_part(monkeypatch, tmp_path):
    row = {"unit": "s", "other": "gensim", "ours": 1.5, "theirs": 3.0, "ratio": 2.0, "target": ">= 1"}
    rows = [row | {"work": work} for work in ("cbow: time", "cbow: loss", "skip-gram: time")]
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks/x.json").write_text(json.dumps({"hardware": "a CPU", "torch": "2", "rows": rows}))
    monkeypatch.setattr(chapter, "results_dir", lambda: tmp_path)
    assert len(re.findall(r"gensim \| 3 s \| 2.0", repr(chapter.benchmark_table("x")))) == 3
    rows[0]["ratio"], rows[1]["ratio"] = 0.938, 1094.21
    (tmp_path / "benchmarks/x.json").write_text(json.dumps({"hardware": "a CPU", "torch": "2", "rows": rows}))
    assert re.findall(r"gensim \| 3 s \| ([0-9.]+)", repr(chapter.benchmark_table("x"))) == ["0.94", "1094.2", "2.0"]
    part = repr(chapter.benchmark_table("x", only="cbow"))
    assert "cbow: loss | 1.5 s | gensim" in part
    assert "skip-gram" not in part
    with pytest.raises(ValueError, match=r"^only: expected a part of a row's description in x.json, got 'glove'$"):
        chapter.benchmark_table("x", only="glove")
    with pytest.raises(ValueError, match=r"^benchmark: expected y.json, got no such file"):
        chapter.benchmark_table("y")


@pytest.mark.parametrize(
    ("word", "cell"), [("|", r"\|"), ("<unk>", "&lt;unk&gt;"), ("$$", r"\$\$"), ("a|b", r"a\|b"), ("&lt;", "&amp;lt;")]
)
def test_words_in_a_table_are_drawn_as_they_are_written(word, cell):
    assert repr(chapter.table([word, "p"], [[word, "0.1"]])) == f"| {cell} | p |\n| --- | --- |\n| {cell} | 0.1 |"
    html = (
        pytest.importorskip("markdown_it")
        .MarkdownIt("commonmark")
        .enable("table")
        .render(repr(chapter.table(["word", "p"], [[word, "0.1"]])))
    )
    assert f"<td>{escape(word)}</td>\n<td>0.1</td>" in html
