"""Tasks with long lags: their examples, trainings that solve them, and the file of results."""

import json
import math
from dataclasses import asdict, replace

import pytest
import torch

from lecturelib.experiments import long_lags, runner
from lecturelib.experiments.lag_tasks import TASKS, adding_problem, copy_problem
from lecturelib.recurrent import LSTM, RNN

QUICK = replace(long_lags.Settings(), steps=600, solved=0.12)


@pytest.mark.parametrize("length", [2, 3, 50])
def test_one_value_of_each_half_is_marked_and_the_answer_is_their_sum(length):
    x, y = adding_problem(500, length, torch.Generator().manual_seed(0))
    assert x.shape == (500, length, 2)
    marks, half = x[..., 1], length // 2
    assert set(marks.unique().tolist()) <= {0, 1}
    assert (marks[:, :half].sum(1) == 1).all()
    assert (marks[:, half:].sum(1) == 1).all()
    sums = [row[row[:, 1] == 1, 0].sum() for row in x]
    torch.testing.assert_close(y, torch.stack(sums))
    assert marks.sum(0).min() > 0  # every place is marked now and then


def test_marks_within_the_first_steps_only():
    x, y = adding_problem(500, 30, torch.Generator().manual_seed(0), within=10)
    marks = x[..., 1]
    assert (marks[:, :5].sum(1) == 1).all()
    assert (marks[:, 5:10].sum(1) == 1).all()
    assert not marks[:, 10:].any()
    torch.testing.assert_close(y, (x[..., 0] * marks).sum(1))


@pytest.mark.parametrize("length", [1, 2, 50])
def test_the_copy_problem_shows_symbols_then_blanks_with_a_mark_and_wants_the_symbols(length):
    x, y = copy_problem(500, length, torch.Generator().manual_seed(0))
    assert x.shape == (500, length + 6, 6)
    assert (x.sum(dim=2) == 1).all()
    shown = x.argmax(dim=2)
    assert torch.equal(shown[:, :3], y)
    assert sorted(y.unique().tolist()) == [0, 1, 2, 3]
    rest = [4] * (length - 1) + [5] + [4] * 3  # blanks, the mark, and blanks while the answers are given
    assert shown[:, 3:].tolist() == [rest] * 500


def test_training_takes_the_marks_from_where_it_is_told(monkeypatch):
    asked, task = [], TASKS["adding"]

    def noted(*arguments, within):
        asked.append(within)
        return task.examples(*arguments, within=within)

    monkeypatch.setitem(TASKS, "adding", replace(task, examples=noted))
    long_lags.train("RNN", 30, within=7, settings=replace(QUICK, steps=2))
    assert asked == [7, 7, 7]  # the test examples and two steps


def test_the_baselines_are_the_least_losses_of_who_remembers_nothing():
    _, y = adding_problem(200_000, 4, torch.Generator().manual_seed(0))
    adding, copying = TASKS["adding"], TASKS["copying"]
    assert adding.loss(torch.ones(len(y), 1, 1), y).item() == pytest.approx(adding.baseline, rel=0.01)
    assert adding.loss(torch.full((len(y), 1, 1), 1.05), y) > adding.loss(torch.ones(len(y), 1, 1), y)
    _, y = copy_problem(100, 4, torch.Generator().manual_seed(0))
    assert copying.loss(torch.zeros(100, 3, 4), y).item() == pytest.approx(copying.baseline)
    assert copying.baseline == pytest.approx(2 * math.log(2))  # two bits a symbol


def test_the_loss_of_the_copy_problem_is_that_of_each_symbol_in_its_place():
    answer, y = torch.randn(5, 3, 4), torch.randint(4, (5, 3))
    expected = [-answer[i, j].log_softmax(dim=0)[y[i, j]] for i in range(5) for j in range(3)]
    torch.testing.assert_close(TASKS["copying"].loss(answer, y), torch.stack(expected).mean())


@pytest.mark.slow
@pytest.mark.parametrize(("task", "length"), [("adding", 6), ("copying", 4)])
def test_training_solves_a_short_one_repeats_with_its_seed_and_leaks_no_random_state(task, length):
    of = TASKS[task]
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first, again, other = (long_lags.train("LSTM, chrono", length, task, seed=s, settings=QUICK) for s in (0, 0, 1))
    assert torch.equal(torch.rand(3), expected)
    assert first.solved
    assert first.error == first.curve[-1] <= 0.12 * of.baseline < first.curve[0]
    assert len(first.curve) == first.steps // QUICK.test_every
    assert first.curve == again.curve != other.curve
    x, y = of.examples(2000, length, torch.Generator().manual_seed(9))
    with torch.no_grad():
        assert of.loss(long_lags.answer(first, x), y) < 0.2 * of.baseline  # on examples of its own


@pytest.mark.parametrize(("kind", "bias"), [("LSTM, forget bias 0", 0.0), ("LSTM, forget bias 1", 1.0), ("RNN", None)])
def test_networks_start_as_named_and_come_over_to_ours(kind, bias):
    network = long_lags._network(kind, 2, 5, 9)
    ours = RNN.from_torch(network) if bias is None else LSTM.from_torch(network)  # type: ignore[arg-type]
    x, _ = adding_problem(4, 9, torch.Generator().manual_seed(0))
    torch.testing.assert_close(ours(x)[0], network(x)[0])
    if isinstance(ours, LSTM):
        assert ours.b[0].view(4, 5).tolist() == [[0] * 5, [0] * 5, [bias] * 5, [0] * 5]  # g, i, f, o
    else:
        assert not ours.b_h[0].any()


def test_chrono_keeps_what_is_stored_for_up_to_as_many_steps_as_there_are():
    torch.manual_seed(0)
    network = long_lags._network("LSTM, chrono", 2, 3000, 100)
    ours = LSTM.from_torch(network)  # type: ignore[arg-type]
    g, i, f, o = ours.b[0].view(4, -1)
    assert not g.any()
    assert not o.any()
    torch.testing.assert_close(i, -f)
    steps = 1 / (1 - torch.sigmoid(f))  # with f = sigmoid(log u) a stored number lasts for 1 + u steps
    assert (steps >= 2).all()
    assert (steps <= 100).all()
    assert steps.mean().item() == pytest.approx(51, rel=0.02)
    assert torch.isfinite(long_lags._network("LSTM, chrono", 2, 5, 1).get_parameter("bias_ih_l0")).all()


@pytest.fixture
def short(monkeypatch):
    settings = {kind: replace(value, steps=2, test_every=1) for kind, value in long_lags.KINDS.items()}
    monkeypatch.setattr(long_lags, "KINDS", settings)


def test_measure_goes_on_where_it_was_stopped(tmp_path, short, monkeypatch):
    path = tmp_path / "experiments" / "a.json"
    long_lags.measure(path, lengths=[4], seeds=[0])
    trained, real = [], long_lags.train

    def counted(kind, length, task, *, seed):
        trained.append((kind, length, task, seed))
        return real(kind, length, task, seed=seed)

    monkeypatch.setattr(long_lags, "train", counted)
    content = long_lags.measure(path, lengths=[4], seeds=[0, 1])
    assert trained == [(kind, 4, task, 1) for task in TASKS for kind in long_lags.KINDS]
    assert content == json.loads(path.read_text())
    assert len(content["rows"]) == 16
    assert [p.name for p in path.parent.iterdir()] == ["a.json"]


def test_rows_of_other_settings_are_not_mixed(tmp_path, short, monkeypatch):
    path = tmp_path / "a.json"
    long_lags.measure(path, lengths=[4], seeds=[0])
    monkeypatch.setitem(long_lags.KINDS, "RNN", long_lags.Settings(hidden_size=3))
    with pytest.raises(ValueError, match=r"^settings: expected those of a.json, got others; remove the file"):
        long_lags.measure(path, lengths=[4], seeds=[0])


def test_the_stored_results_are_whole_and_of_the_settings_as_they_are():
    content = long_lags.results()
    assert content["settings"] == {kind: asdict(value) for kind, value in long_lags.KINDS.items()}
    assert content["baseline"] == {name: task.baseline for name, task in TASKS.items()}
    found = {(row["task"], row["kind"], row["length"], row["seed"]) for row in content["rows"]}
    lengths, seeds = long_lags.LENGTHS, long_lags.SEEDS
    assert found == {(t, k, n, s) for t in TASKS for k in long_lags.KINDS for n in lengths for s in seeds}
    assert len(found) == len(content["rows"])
    for row in content["rows"]:
        settings = long_lags.KINDS[row["kind"]]
        assert row["solved"] == (row["error"] <= settings.solved * TASKS[row["task"]].baseline)
        assert row["solved"] or row["steps"] == settings.steps


@pytest.mark.usefixtures("plain_errors")
def test_errors_are_one_line(tmp_path, monkeypatch):
    generator = torch.Generator()
    cases = [
        (lambda: long_lags.train("GRU", 10), "kind: expected one of RNN, LSTM, forget bias 0, "),
        (lambda: long_lags.train("RNN", 10, "sorting"), "task: expected one of adding, copying, got 'sorting'"),
        (lambda: long_lags.train("RNN", 1), "length: expected at least 2, since two values are marked, got 1"),
        (lambda: adding_problem(0, 5, generator), "n: expected a positive integer, got 0"),
        (lambda: copy_problem(3, 0, generator), "length: expected a positive integer, got 0"),
        (lambda: long_lags.train("RNN", 9, within=10), "within: expected an integer from 2 to 9, got 10"),
        (lambda: long_lags.train("RNN", 9, "copying", within=5), "within: expected none, which only the adding pro"),
    ]
    monkeypatch.setattr(runner, "results_dir", lambda: tmp_path)
    cases.append((long_lags.results, "results: expected long-lags.json, got no such file; run `python -m"))
    for call, message in cases:
        with pytest.raises(ValueError, match="^" + message) as error:
            call()
        assert "\n" not in str(error.value)


def test_a_network_can_start_otherwise():
    started = []

    def start(network):
        torch.nn.init.orthogonal_(network.weight_hh_l0)
        started.append(network.weight_hh_l0.detach().clone())

    run = long_lags.train("RNN", 6, settings=replace(QUICK, steps=1), start=start)
    (W,) = started
    torch.testing.assert_close(W @ W.T, torch.eye(QUICK.hidden_size), atol=1e-5, rtol=0)
    moved = run.network.get_parameter("weight_hh_l0") - W
    assert 0 < moved.abs().max() < 1.1 * QUICK.learning_rate  # one step of Adam away


def test_the_summary_has_the_median_steps_of_the_seeds_that_solved_a_task(monkeypatch, tmp_path):
    rows = [
        {
            "task": task,
            "kind": kind,
            "length": length,
            "seed": seed,
            "solved": task == "adding" and kind != "RNN" and (seed < 2 or kind == "LSTM, chrono"),
            "steps": 1000 * (seed + 1),
            "error": 1 + seed,
        }
        for task in TASKS
        for kind in long_lags.KINDS
        for length in long_lags.LENGTHS
        for seed in range(3)
    ]
    path = tmp_path / "long-lags.json"
    path.write_text(json.dumps({"rows": rows}))
    monkeypatch.setattr(runner, "results_path", lambda module: path)
    header, table = long_lags.summary("adding")
    assert header == ["length", "RNN", "LSTM, bias 0", "LSTM, bias 1", "LSTM, chrono"]
    assert [row[0] for row in table] == [str(length) for length in long_lags.LENGTHS]
    assert table[0][1:] == ["not solved: 1.00", *["2,000 steps (2 of 3)"] * 2, "2,000 steps"]
    assert long_lags.summary("copying")[1][0][1:] == ["not solved: 1.00"] * 4
