"""The README tells the truth: its table of settings, and every file it names."""

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest

from app.settings import Settings, variable_name

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(LOGFEED_\w+)` \| (.*?) ?\| (.*) \|$", README, re.MULTILINE)


def test_every_setting_has_its_row_in_the_order_of_the_code() -> None:
    assert [name for name, _, _ in ROWS] == [
        variable_name(field.name) for field in dataclasses.fields(Settings)
    ]


@pytest.mark.parametrize("field", dataclasses.fields(Settings), ids=lambda field: field.name)
def test_a_row_has_the_default_and_the_meaning(field: "dataclasses.Field[Any]") -> None:
    ((default, meaning),) = [
        (default.strip("`"), meaning)
        for name, default, meaning in ROWS
        if name == variable_name(field.name)
    ]

    assert meaning == field.metadata["meaning"]
    if isinstance(field.default, Path):
        # The folder is the platform's; shown is that of a Linux user.
        assert default.startswith("~/")
    else:
        assert default == ("" if field.default == () else str(field.default))


@pytest.mark.parametrize("linked", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_a_file_that_is_linked_is_there(linked: str) -> None:
    assert (ROOT / linked).is_file()


def test_every_environment_variable_in_the_text_exists() -> None:
    named = set(re.findall(r"LOGFEED_[A-Z][A-Z_]*[A-Z]", README))

    assert named <= {variable_name(field.name) for field in dataclasses.fields(Settings)}
