"""The training loop in processes of its own: killed and resumed, and spread over two."""

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time

import pytest
from training_setup import SETUP

pytestmark = pytest.mark.slow

RUN = (
    SETUP
    + textwrap.dedent("""
    import sys, pathlib
    history = fit(model, loss, (x[:48], y[:48]), (x[48:], y[48:]), checkpoint=pathlib.Path(sys.argv[1]),
                  checkpoint_seconds=0, **arguments)
    import os, json
    if os.environ.get("RANK", "0") == "0":
        print(json.dumps([history.train, history.valid, [p.flatten().tolist() for p in model.parameters()]]))
""")
).replace("DROPOUT", "0.3")


def start(script, path, *command, **env):
    environment = os.environ | {"OMP_NUM_THREADS": "1", "LECTURELIB_QUIET": "1", "ACCELERATE_USE_CPU": "true"} | env
    return subprocess.Popen(
        [*(command or [sys.executable]), str(script), str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def finish(process):
    out, err = process.communicate()
    assert process.returncode == 0, err
    return json.loads(out.strip().splitlines()[-1])


def test_killed_and_resumed_ends_with_the_same_weights(tmp_path):
    """With dropout, so that the random state counts too; killed inside every checkpoint's window, many times."""
    script = tmp_path / "run.py"
    script.write_text(RUN)
    whole = finish(start(script, tmp_path / "whole.checkpoint"))

    slow = tmp_path / "slow.py"  # a sleep a step leaves room for the kills
    slow.write_text(
        RUN.replace("loss = lambda model, batch: ", "import time\nloss = lambda model, batch: time.sleep(0.15) or ")
    )
    path, kills = tmp_path / "killed.checkpoint", 0
    for _ in range(3):
        process = start(slow, path)
        seen = path.stat().st_mtime_ns if path.exists() else None
        while process.poll() is None and (not path.exists() or path.stat().st_mtime_ns == seen):
            time.sleep(0.01)
        time.sleep(0.4)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.communicate()
    assert kills == 3
    assert finish(start(script, path)) == whole
    assert finish(start(script, path)) == whole, "a finished run is read back, not repeated"


LAUNCHERS = {
    "torchrun": ["torch.distributed.run", "--nproc_per_node=2", "--master_port={port}"],
    "accelerate launch": ["accelerate.commands.launch", "--cpu", "--num_processes=2", "--main_process_port={port}"],
}


def launcher(name):
    """The command line of a launcher of two processes, on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return [sys.executable, "-m", *(part.format(port=port) for part in LAUNCHERS[name])]


@pytest.fixture(scope="module")
def of_one(tmp_path_factory):
    """A script without noise of its own, and what one process makes of it."""
    script = tmp_path_factory.mktemp("one") / "run.py"
    script.write_text(RUN.replace("nn.Dropout(0.3)", "nn.Dropout(0.0)"))
    return script, finish(start(script, script.with_suffix(".checkpoint")))


@pytest.mark.parametrize("name", LAUNCHERS)
def test_two_processes_give_the_curve_of_one(tmp_path, name, of_one):
    """Two CPU processes: same batches, halved; same losses, same weights."""
    script, one = of_one
    two = finish(start(script, tmp_path / "two.checkpoint", *launcher(name)))
    assert two[0] == pytest.approx(one[0], rel=1e-5)
    assert two[1] == pytest.approx(one[1], rel=1e-5)
    for a, b in zip(one[2], two[2], strict=True):
        assert a == pytest.approx(b, rel=1e-4, abs=1e-6)


def test_two_processes_with_noise_of_their_own_resume_where_they_stopped(tmp_path):
    """Dropout 0.3 in both; all processes are stopped at step 20 of 24 by an exception, and started anew."""
    script, broken = tmp_path / "run.py", tmp_path / "broken.py"
    script.write_text(RUN)
    stopping = "loss = lambda model, batch: (model.training and next(calls) == 20 and 1 / 0) or "
    broken.write_text(RUN.replace("loss = lambda model, batch: ", "calls = iter(range(99))\n" + stopping))
    whole = finish(start(script, tmp_path / "whole.checkpoint", *launcher("torchrun")))
    process = start(broken, tmp_path / "a.checkpoint", *launcher("torchrun"))
    assert "ZeroDivisionError" in process.communicate()[1]
    assert finish(start(script, tmp_path / "a.checkpoint", *launcher("torchrun"))) == whole
