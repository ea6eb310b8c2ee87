"""`python -m lecturelib data`: what it prints and its exit codes."""

import argparse
from dataclasses import replace

import pytest
from loopback import BODY, missing, registered, toy_entry

from lecturelib.datasets import command


@pytest.fixture
def data(capsys):
    """Run `data ARGUMENTS`; return exit code, stdout, stderr."""
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers(required=True))

    def run(*arguments):
        parsed = parser.parse_args(["data", *arguments])
        code = parsed.func(parsed)
        return code, *capsys.readouterr()

    return run


def test_list_fetch_verify(cache, site, data, monkeypatch):
    registered(monkeypatch, toy_entry(site.add("toy.txt", BODY)))
    code, output, _ = data("list")
    assert code == 0
    assert "toy              absent      0.3 MB  A toy" in output
    assert str(cache) in output
    assert data("verify") == (0, f"toy              {cache}/toy/toy.txt  absent\n", "")
    assert data("fetch", "toy") == (0, "toy: ok\n", "")
    assert "toy              cached " in data("list")[1]
    assert data("verify", "toy") == (0, f"toy              {cache}/toy/toy.txt  ok\n", "")
    (cache / "toy/toy.txt").write_bytes(b"?" + BODY[1:])
    code, output, _ = data("verify")
    assert code == 1
    assert "corrupt: expected SHA-256" in output
    assert len(site.asked) == 1


def test_embedded_sets_verify(data):
    code, output, errors = data("verify", "mnist-5k", "shakespeare", "analogies", "wordsim353")
    assert (code, errors) == (0, "")
    assert [line.split()[-1] for line in output.splitlines()] == 4 * ["ok"]


def test_fetch_goes_on_behind_a_failure(cache, site, data, monkeypatch):
    good = replace(toy_entry(site.add("good", BODY)), name="good")
    registered(monkeypatch, toy_entry(site.add("bad", BODY, missing)), good)
    code, output, errors = data("fetch", "toy", "good")
    assert (code, output) == (1, "good: ok\n")
    assert errors.startswith("error: toy: ")
    assert errors.count("\n") == 1


@pytest.mark.parametrize("action", ["fetch", "verify"])
def test_an_unknown_name_is_one_line(data, action):
    code, output, errors = data(action, "mnist-5k", "minst")
    assert (code, output) == (1, "")
    assert errors.startswith("error: name: ")
    assert "did you mean 'mnist'?" in errors
    assert errors.count("\n") == 1


def test_a_file_that_cannot_be_read_is_one_line(cache, data, monkeypatch):
    registered(monkeypatch, toy_entry())
    (cache / "toy/toy.txt").mkdir(parents=True)
    code, _, errors = data("verify")
    assert code == 1
    assert errors.count("\n") == 1
