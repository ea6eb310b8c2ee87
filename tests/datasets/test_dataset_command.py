"""`python -m lecturelib data`: what it prints and its exit codes."""

import argparse
from dataclasses import replace
from hashlib import sha256

import pytest
from loopback import BODY, missing, registered, toy_entry

from lecturelib import paths
from lecturelib.datasets import command, registry


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


def test_register_prints_an_entry_that_the_registry_takes_once_its_texts_are_written(data, tmp_path, monkeypatch):
    (tmp_path / "moons.npz").write_bytes(BODY)
    code, output, errors = data("register", "no-such-set", str(tmp_path / "moons.npz"))
    assert (code, errors) == (0, "")
    monkeypatch.setattr(paths, "data_dir", lambda: tmp_path)
    (tmp_path / "registry.toml").write_text(output)
    code, _, errors = data("list")
    assert code == 1
    assert "registry.toml: [no-such-set] title: expected a text, got ''" in errors
    (tmp_path / "registry.toml").write_text(output.replace('= ""', '= "a text"'))
    entry = registry.get("no-such-set")
    assert entry.where == "download"
    assert entry.files == (
        registry.File("no-such-set/moons.npz", sha256(BODY).hexdigest(), len(BODY), ("https://...",)),
    )

    (tmp_path / "registry.toml").write_text("")  # the same file, which now lies in the data folder
    _, output, _ = data("register", "no-such-set", str(tmp_path / "moons.npz"))
    (tmp_path / "registry.toml").write_text(output.replace('= ""', '= "a text"'))
    assert registry.get("no-such-set").where == "embedded"
    assert data("verify", "no-such-set")[1].endswith("moons.npz  ok\n")


def test_register_refuses_a_name_that_is_taken(data, tmp_path):
    (tmp_path / "x").touch()
    assert "expected lower-case letters, digits and hyphens, got 'two moons'" in data("register", "two moons", "x")[2]
    code, output, errors = data("register", "mnist", str(tmp_path / "x"))
    assert (code, output) == (1, "")
    assert errors.startswith("error: name: expected that of a new set, got 'mnist'")
