"""Imported by Python itself at the start of every process that has this folder on its path."""

import os
from pathlib import Path

if "CRASH_AT" in os.environ:
    from tests.faults import crash_points

    crash_points.install(
        os.environ["CRASH_AT"], int(os.environ["CRASH_PASSAGE"]), Path(os.environ["CRASH_NOTE"])
    )
