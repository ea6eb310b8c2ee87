"""LSTM and CharRNN against what people would use instead: `python benchmarks/recurrent.py` (about 2 minutes)."""

from functools import partial

import torch
from timing import cpu_seconds, report, row
from torch import Tensor, nn

from lecturelib.recurrent import LSTM, CharRNN

TIME, BATCH, HIDDEN, LETTERS = 64, 64, 512, 65


def step(model: nn.Module, x: Tensor) -> None:
    """Run forward and backward once."""
    model.zero_grad()
    model(x)[0].square().mean().backward()


def step_in_bfloat16(model: nn.Module, x: Tensor) -> None:
    """Run forward in mixed precision, and backward."""
    model.zero_grad()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        h = model(x)[0]
    h.float().square().mean().backward()


@torch.no_grad()
def rereading_sampler(model: CharRNN, prompt: Tensor, n: int) -> Tensor:
    """Draw characters with a pass over the whole text for each."""
    text = prompt
    for u_i in torch.rand(len(prompt), n, generator=torch.Generator().manual_seed(0)).T:
        p = model(text)[0][:, -1].softmax(dim=1)
        x_i = (u_i[:, None] >= p.cumsum(dim=1)[:, :-1]).sum(dim=1)
        text = torch.cat([text, x_i[:, None]], dim=1)
    return text


def own_sampler(model: CharRNN, prompt: Tensor, n: int) -> Tensor:
    """Draw the same characters with a carried state."""
    return model.sample(prompt, n, generator=torch.Generator().manual_seed(0))


def main(time: int = TIME, batch: int = BATCH, hidden: int = HIDDEN, characters: int = 200) -> None:
    """Run all comparisons."""
    torch.manual_seed(0)
    theirs, rows = nn.LSTM(hidden, hidden, batch_first=True), []
    ours, x = LSTM.from_torch(theirs), torch.randn(batch, time, hidden)
    torch.testing.assert_close(ours(x)[0], theirs(x)[0])
    work = f"LSTM T={time} B={batch} H={hidden}, forward+backward"
    for name, run, target in ((work, step, "<= 1.10x: >= 0.91"), (f"{work}, bfloat16", step_in_bfloat16, "none")):
        seconds = cpu_seconds({"ours": partial(run, ours, x), "torch": partial(run, theirs, x)}, repeats=9)
        rows.append(row(name, "nn.LSTM", "s", seconds["ours"], seconds["torch"], target))

    small = nn.LSTM(64, 128, batch_first=True)
    ours, x = LSTM.from_torch(small), torch.randn(16, 64, 64)
    seconds = cpu_seconds({"ours": partial(step, ours, x), "torch": partial(step, small, x)}, repeats=101)
    work = "LSTM T=64 B=16 H=128 of 64 inputs, forward+backward"
    rows.append(row(work, "nn.LSTM", "s", seconds["ours"], seconds["torch"], "<= 1.3x: >= 0.77"))

    model, prompt = CharRNN(LETTERS, hidden), torch.zeros(1, 1, dtype=torch.long)
    assert torch.equal(own_sampler(model, prompt, 20), rereading_sampler(model, prompt, 20))
    samplers = {
        "ours": partial(own_sampler, model, prompt, characters),
        "again": partial(rereading_sampler, model, prompt, characters),
        "longer": partial(own_sampler, model, prompt, 4 * characters),
    }
    seconds = cpu_seconds(samplers, repeats=3)
    work = f"CharRNN 1x{hidden}, {characters} characters"
    rows.append(row(work, "re-reading the prefix", "s", seconds["ours"], seconds["again"], ">= 2"))
    work = f"CharRNN 1x{hidden}, a character"
    each, longer = seconds["ours"] / characters, seconds["longer"] / (4 * characters)
    rows.append(row(work, f"one of {4 * characters}", "s", each, longer, "about 1: constant"))
    report("recurrent", rows)


if __name__ == "__main__":
    main()
