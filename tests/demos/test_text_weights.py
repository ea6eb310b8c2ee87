"""The weights of the demos with texts: what is sent, what the rounding costs, what is refused."""

import base64
import json
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from small_models import random_model, store

from lecturelib.datasets import load
from lecturelib.demos import build as building
from lecturelib.demos import show
from lecturelib.demos.weights import dequantised, pack
from lecturelib.paths import data_dir
from lecturelib.recurrent import CharRNN


def sent(folder: Any) -> Any:
    """Read the weights script back."""
    script = building.weights_script("shakespeare", weights=folder)
    return json.loads(script.removeprefix('LectureDemos.add("shakespeare", ').removesuffix(");\n"))


def test_the_script_holds_vocabulary_and_weights(tmp_path):
    store(tmp_path, "shakespeare")
    packed = sent(tmp_path)
    assert tuple(packed["vocabulary"]) == load("shakespeare").vocabulary
    assert set(packed["prompt"]) <= set(packed["vocabulary"])
    assert packed["model"] == "lstm"
    W_x = packed["tensors"]["recurrent.W_x.0"]
    assert len(base64.b64decode(W_x["values"])) == 84 * 4 * 24
    assert len(base64.b64decode(W_x["scale"])) == 84 * 4  # float32, one a character
    assert W_x["lengths"] == 4 * 24
    column = torch.frombuffer(bytearray(base64.b64decode(W_x["values"])), dtype=torch.int8)[: 4 * 24]
    want = random_model("shakespeare").state_dict()["recurrent.W_x.0"][:, 0]  # of the first character
    assert torch.equal(column, (want / want.abs().max() * 127).round().to(torch.int8))


def test_the_lstm_of_512_units_takes_less_than_1_8_megabytes():
    packed = pack("lstm", CharRNN(84, 512).state_dict())
    assert 1_690_000 < len(json.dumps(packed)) < 1_800_000


def test_what_looks_inside_networks_holds_them_inline(weights, tmp_path, monkeypatch):
    monkeypatch.setattr(building, "data_dir", lambda: tmp_path)
    (tmp_path / "weights").symlink_to(weights)
    inline = show("cells", inline=True)._repr_html_()
    order = [
        inline.index(f'LectureDemos.add("{name}"') for name in ("shakespeare", "wikipedia", "small_networks", "cells")
    ]
    assert order == sorted(order)


@pytest.mark.needs_data("wikipedia-markup")
def test_the_characters_of_wikipedia_are_known_without_it():
    assert tuple(building.vocabulary("wikipedia")) == load("wikipedia-markup").vocabulary


@pytest.mark.parametrize("vocabulary_size", [84, 121])
def test_rounding_costs_little_and_not_nothing(vocabulary_size):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = CharRNN(vocabulary_size, 64)
    state = {key: (20 if key == "out.weight" else 3) * value for key, value in model.state_dict().items()}
    text = model.load_state_dict(state) and model.sample(torch.zeros(40, 0, dtype=torch.int64), 100).flatten()
    before = model.bits_per_char(text, streams=40)
    model.load_state_dict(dequantised("lstm", state))
    after = model.bits_per_char(text, streams=40)
    print(f"int8 costs {after - before:+.5f} bits a character of {before:.3f}")
    assert 1e-7 < abs(after - before) < 0.001  # with 4 bits a weight it would be 0.01


def test_stored_weights_lose_at_most_half_a_hundredth_of_a_bit():
    path = data_dir() / "weights" / "lstm-shakespeare.safetensors"
    if not path.exists():
        pytest.skip(f"stored weights absent: {path.name}")
    state = {key: value.float() for key, value in load_file(path).items()}
    model = CharRNN(84, len(state["recurrent.b.0"]) // 4)
    model.load_state_dict(state)
    text = load("shakespeare").test.x[:20_000]
    before = model.bits_per_char(text, streams=200)
    model.load_state_dict(dequantised("lstm", state))
    after = model.bits_per_char(text, streams=200)
    print(f"shakespeare: int8 costs {after - before:+.5f} bits a character of {before:.3f}")
    assert abs(after - before) <= 0.005


def two_layers() -> dict[str, torch.Tensor]:
    return dict(CharRNN(84, 24, 2).state_dict())


def test_weights_of_another_model_are_refused():
    state = random_model("shakespeare").state_dict()
    cases = [
        (two_layers(), r"expected the 5 tensors of lstm, got 8: none missing, recurrent.W_h.1, .*superfluous"),
        (dict(CharRNN(84, 24, cell="rnn").state_dict()), r"expected the 5 tensors of lstm, got 5: recurrent.W_h.0, "),
        (state | {"out.weight": torch.zeros(84, 25)}, r"out.weight of lstm with shape \[84, 24\], got \[84, 25\]"),
        (state | {"recurrent.b.0": torch.zeros(95)}, r"recurrent.W_x.0 of lstm with shape \[92, 84\], got \[96, 84\]"),
        (state | {"out.bias": torch.full((84,), torch.inf)}, r"expected finite values in out.bias of lstm"),
    ]
    for changed, message in cases:
        with pytest.raises(ValueError, match=message) as error:
            pack("lstm", changed)
        assert "\n" not in str(error.value)


def test_weights_for_another_vocabulary_are_refused(tmp_path):
    other = {"recurrent.W_x.0": torch.zeros(96, 121), "out.weight": torch.zeros(121, 24), "out.bias": torch.zeros(121)}
    store(tmp_path, "shakespeare", **other)
    message = r"weights: expected the 84 characters of shakespeare in lstm-.*, got 121; run .* lstm-shakespeare "
    with pytest.raises(ValueError, match=message) as error:
        building.weights_script("shakespeare", weights=tmp_path)
    assert "\n" not in str(error.value)


def test_the_stub_is_small_and_inline_holds_everything(tmp_path, weights, monkeypatch):
    stub = show("shakespeare")._repr_html_()
    assert len(stub) <= 2500
    assert "demos/text.js" in stub
    assert "MORE" not in stub + show("nade")._repr_html_()
    assert "text.js" not in show("nade")._repr_html_()
    monkeypatch.setattr(building, "data_dir", lambda: tmp_path)
    (tmp_path / "weights").symlink_to(weights)
    inline = show("shakespeare", inline=True)._repr_html_()
    script = building.weights_script("shakespeare", weights=weights)
    assert inline.index("window.LectureDemos ??=") < inline.index(building.page_script("text")) < inline.index(script)
    assert inline.count("</script>") == 1
