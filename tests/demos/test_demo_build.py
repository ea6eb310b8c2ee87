"""What the build writes and what a notebook stores: small, the same every time, nothing half-written."""

import argparse
import json
import os
import re
import shutil
from typing import Any

import pytest
import torch
from node import node
from safetensors.torch import load_file, save_file
from small_models import images, random_model, store

from lecturelib.demos import build as building
from lecturelib.demos import command, computed, live, sampling_slider, show
from lecturelib.demos.page_parts import PAGES


def slider(n: int = 8, **changes):
    model, x = random_model("fvsbn"), images(n)
    arguments: dict[str, Any] = {
        "probabilities": model.conditionals(x).detach(),
        "samples": x,
        "height": 28,
        "width": 28,
    }
    return sampling_slider(**(arguments | {"title": 'A "title" & more', "alt": "Digits <appearing>"} | changes))


def test_the_command_writes_one_script_a_demo_and_prints_sizes(tmp_path, weights, capsys):
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    parsed = parser.parse_args(["demos", "build", str(tmp_path / "out"), "--weights", str(weights)])
    assert parsed.func(parsed) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "any_part.js",
        "architectures.js",
        "cells.js",
        "demos.js",
        "fill_in.js",
        "forgetting.js",
        "fvsbn.js",
        "gradients.js",
        "handwriting.js",
        "masks.js",
        "nade.js",
        "neighbour.js",
        "orders.js",
        "pen.js",
        "pixelcnn.js",
        "pull_and_push.js",
        "shakespeare.js",
        "small_networks.js",
        "small_simclr.js",
        "text.js",
        "three_steps.js",
        "turned.js",
        "which_neighbour.js",
        "which_way_up.js",
        "wikipedia.js",
        "word2vec_steps.js",
        "words.js",
        "xray.js",
    ]
    printed = dict(re.findall(r"^(\w+\.js): (\d+) kB$", capsys.readouterr().out, flags=re.MULTILINE))
    assert printed.keys() == {path.name for path in (tmp_path / "out").iterdir()}
    assert int(printed["demos.js"]) <= 22
    assert max(int(printed["text.js"]), int(printed["fill_in.js"])) <= 16
    assert int(printed["xray.js"]) <= 44
    # 784 · 783 / 2 weights of a byte, four characters for three bytes; scales, biases and digits beside them
    assert 409 <= int(printed["fvsbn.js"]) <= 425
    # 46,641 numbers of two bytes: of the 50,865, those that the masks leave
    assert 124 <= int(printed["pixelcnn.js"]) <= 132


def test_scripts_without_their_comments_can_be_parsed():
    scripts = [building.build_script([]), *map(building.page_script, PAGES)]
    assert node((), "(scripts) => scripts.map((one) => typeof new Function(one))", scripts) == ["function"] * len(
        scripts
    )


def test_the_build_is_the_same_twice(tmp_path, weights):
    for folder in ("a", "b"):
        building.build(tmp_path / folder, weights=weights)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_a_demo_without_weights_is_skipped_aloud(tmp_path, weights, capsys):
    some = tmp_path / "weights"
    some.mkdir()
    shutil.copy(weights / "fvsbn-binarized-mnist.safetensors", some)
    for name in ("nade.js", "text.js"):
        (tmp_path / name).write_text("of an older build")
    written = building.build(tmp_path, weights=some)
    assert [path.stem for path in written] == ["demos", "fvsbn", *building.COMPUTED]
    assert not (tmp_path / "nade.js").exists()
    assert not (tmp_path / "text.js").exists()
    printed = capsys.readouterr().out
    assert "nade.js: skipped, nade-binarized-mnist.safetensors is not in" in printed
    assert "pixelcnn.js: skipped, gated-pixelcnn-binarized-mnist.safetensors is not in" in printed
    assert "shakespeare.js: skipped, lstm-shakespeare.safetensors is not in" in printed


@pytest.mark.parametrize("name", building.STORED)
def test_damaged_weights_are_one_clear_error_and_leave_nothing(name, tmp_path, weights):
    broken = tmp_path / "weights"
    shutil.copytree(weights, broken)
    recipe = building.STORED[name][0]
    os.truncate(broken / f"{recipe}.safetensors", 1000)
    with pytest.raises(ValueError, match=rf"weights: expected a complete file {recipe}.*reproduce {recipe}") as error:
        building.build(tmp_path / "out", weights=broken)
    assert "\n" not in str(error.value)
    assert not list((tmp_path / "out").glob("*.partial"))
    assert not (tmp_path / "out" / f"{name}.js").exists()


@pytest.mark.usefixtures("plain_errors")
def test_a_pixelcnn_of_unknown_dilations_is_refused(tmp_path):
    path = store(tmp_path, "pixelcnn")
    state = load_file(path)
    cases = [
        ({}, r"weights: expected budget, shape in the metadata of gated-pixelcnn-.*reproduce gated-pixelcnn"),
        ({"budget": '"gpu"'}, r"weights: expected shape in the metadata"),
        ({"budget": '"big"', "shape": "[1, 28, 28]"}, r"budget: expected one of smoke, cpu, gpu, got 'big'"),
        ({"budget": '"gpu"', "shape": "[1, 28"}, r"weights: expected a complete file gated-pixelcnn-.*, got a damaged"),
    ]
    for metadata, message in cases:
        save_file(state, path, metadata)
        with pytest.raises(ValueError, match=message) as error:
            building.weights_script("pixelcnn", weights=tmp_path)
        assert "\n" not in str(error.value)


def test_the_pixelcnn_is_told_the_dilation_of_every_layer(tmp_path):
    store(tmp_path, "pixelcnn")
    script = building.weights_script("pixelcnn", weights=tmp_path)
    packed = json.loads(script.removeprefix('LectureDemos.add("pixelcnn", ').removesuffix(");\n"))
    assert packed["dilations"] == [layer.vertical.dilation[0] for layer in random_model("pixelcnn").layers]
    assert (packed["height"], packed["width"], len(packed["digits"])) == (28, 28, 10)


def test_a_failed_write_leaves_the_old_file(tmp_path, weights, monkeypatch):
    building.build(tmp_path, weights=weights)
    before = (tmp_path / "demos.js").read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        building.build(tmp_path, weights=weights)
    assert (tmp_path / "demos.js").read_bytes() == before
    assert not list(tmp_path.glob("*.partial"))


def test_the_digits_are_one_of_each_class():
    digits = building.example_digits()
    assert [label for label, _ in digits] == [str(k) for k in range(10)]
    assert all(x.shape == (784,) and 20 < int(x.sum()) < 300 for _, x in digits)


def test_the_slider_is_small_and_the_same_on_every_run():
    html = slider()._repr_html_()
    assert len(html.encode()) <= 30_000
    assert html == slider()._repr_html_()
    assert repr(slider()) == "Html(name='sampling slider: A \"title\" & more')"
    assert 'aria-label="A &quot;title&quot; &amp; more"' in html
    assert "needs JavaScript" in html
    assert not re.search(r"https?://", html)


def test_the_stub_is_small_and_inline_holds_everything(tmp_path, weights, monkeypatch):
    stub = show("nade")._repr_html_()
    assert len(stub) <= 2500
    assert "needs JavaScript" in stub
    monkeypatch.setattr(building, "data_dir", lambda: tmp_path)
    (tmp_path / "weights").symlink_to(weights)
    inline = show("nade", inline=True)._repr_html_()
    assert building.weights_script("nade", weights=weights) in inline
    assert inline.count("</script>") == 1


@pytest.mark.usefixtures("plain_errors")
def test_bad_arguments_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(building, "data_dir", lambda: tmp_path)
    cases = [
        (
            lambda: show("made"),
            r"name: expected one of fvsbn, nade, pixelcnn, shakespeare, wikipedia, any_part, .*, got 'made'",
        ),
        (
            lambda: show("nade", inline=True),
            r"weights: expected a file nade-binarized-mnist.safetensors in .*, got none",
        ),
        (lambda: slider(2, height=27), r"samples: expected shape \[batch, 756\], got \[2, 784\]"),
        (lambda: slider(2, samples=images(2) / 2), r"samples: expected values in \{0, 1\}, got 0.5"),
        (lambda: slider(2, probabilities=images(3)), r"probabilities: expected shape \[2, 784\] .*, got \[3, 784\]"),
        (lambda: slider(2, probabilities=images(2) * 2), r"probabilities: expected values from 0 to 1, got 0 to 2"),
        (lambda: slider(2, probabilities=images(2) / 0), r"probabilities: expected finite values"),
    ]
    for call, message in cases:
        with pytest.raises(ValueError, match=message) as error:
            call()
        assert "\n" not in str(error.value)


def test_two_samples_of_five_pixels_are_packed_in_raster_order():
    x = torch.tensor([[1.0, 0, 0, 1, 1], [0, 1, 0, 0, 0]])
    html = sampling_slider(x / 2, x, 1, 5, title="t", alt="a")._repr_html_()
    assert 'data-x="mEA="' in html  # 10011000 01000000
    assert 'data-p="MgAAMjIAMgAAAA=="' in html  # 50 0 0 50 50 0 50 0 0 0


def test_every_demo_says_what_one_does_with_it_and_has_a_still():
    assert {building.page_of(name) for name in building.DEMOS} == set(live.WHAT)
    assert [name for name in building.COMPUTED if not callable(getattr(computed, name, None))] == []


def test_a_page_without_a_place_for_its_parts_is_refused(monkeypatch):
    monkeypatch.setattr(building, "source", lambda name: "")
    with pytest.raises(ValueError, match=r"^masks\.js: expected a line /\* PARTS \*/, .* got none$"):
        building.page_script("masks")
