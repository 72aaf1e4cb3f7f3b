"""A service that must not start says why in a sentence."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.node import ROOT, free_port


def test_a_log_that_a_restart_would_clear_is_refused_with_what_to_do() -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as volatile:
        done = subprocess.run(
            [sys.executable, "-m", "app", "serve"],
            cwd=ROOT,
            env={
                **{n: v for n, v in os.environ.items() if not n.startswith("LOGFEED_")},
                "LOGFEED_DATA_DIR": str(Path(volatile) / "data"),
                "LOGFEED_PORT": str(free_port()),
                "LOGFEED_WORKERS": "1",
            },
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode != 0
    assert "LOGFEED_VOLATILE_LOG=allow" in done.stderr
    assert "Traceback" not in done.stderr
