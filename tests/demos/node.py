"""Runs the demos' scripts that touch no page, in the node that comes with playwright: milliseconds, not a browser."""

import json
import subprocess
from typing import Any

from playwright._impl._driver import compute_driver_executable

from lecturelib.demos.html import source

PRINT = "process.stdout.write(JSON.stringify({call}, (_, v) => ArrayBuffer.isView(v) ? [...v] : v));"


def node(scripts: tuple[str, ...], function: str, *arguments: Any) -> Any:
    """Call the JavaScript `function` after the scripts of web/, with arguments and result as JSON."""
    call = PRINT.format(call=f"({function})({', '.join(json.dumps(argument) for argument in arguments)})")
    program = "\n".join(['"use strict";', *map(source, scripts), call])
    executable = compute_driver_executable()[0]
    done = subprocess.run([executable, "-"], input=program, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
