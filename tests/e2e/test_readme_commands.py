"""The commands of the README, run as they stand there, answer as they answer there."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.engine.eventually import eventually
from tests.engine.installation import Installation
from tests.node import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
CURLS = re.findall(r"^\$ (curl .*)\n(.*)$", README, re.MULTILINE)


def without_times(answer: str) -> Any:
    """The answer with its timestamps masked; None if there is none."""
    masked = re.sub(r'"timestamp":"[^"]+"', '"timestamp":"…"', answer)
    return json.loads(masked) if masked else None


@pytest.mark.es
def test_the_curl_lines_answer_as_the_readme_says(logfeed: Installation) -> None:
    def run(command: str) -> Any:
        there = command.replace("http://127.0.0.1:8080", logfeed.url)
        return without_times(subprocess.check_output(["/bin/bash", "-c", there], text=True))

    assert len(CURLS) == 3
    for command, answer in CURLS:
        if "-d" in command:
            assert run(command) == without_times(answer)
        else:
            # What was stored is found within a second.
            eventually(lambda: run(command) == without_times(answer), command)  # noqa: B023


def test_the_python_lines_run(tmp_path: Path) -> None:
    (lines,) = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    script = tmp_path / "lines.py"
    script.write_text(f"{lines}\nprint(service.get_stats().total)\n", encoding="utf-8")

    said = subprocess.check_output([sys.executable, str(script)], cwd=ROOT, text=True)

    assert said == "1\n"
