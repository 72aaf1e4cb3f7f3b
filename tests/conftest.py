"""What every test may ask for: an Elasticsearch node, and a corner of it for itself."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.node import NoNodeError, shared_node, stop_shared_node
from tests.wipe import wipe

# Generated examples are not judged by how long they take, nor by how long it takes to make them.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

_folder = pytest.StashKey[Path]()
#: By these the shell of whoever runs the tests would decide how wide and colourful output is.
_OF_THE_SHELL = (
    *("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE"),
    *("TTY_COMPATIBLE", "TTY_INTERACTIVE"),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--require-es",
        action="store_true",
        help="fail, rather than skip, the tests that need Elasticsearch where there is none",
    )


def pytest_configure(config: pytest.Config) -> None:
    given: dict[str, str] | None = getattr(config, "workerinput", None)
    made = given["node_folder"] if given else tempfile.mkdtemp(prefix="logfeed-tests-")
    config.stash[_folder] = Path(made)
    for name in _OF_THE_SHELL:
        os.environ.pop(name, None)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: "pytest.Item") -> None:
    # One folder for all workers of this run: the first that needs the node starts it there.
    node.workerinput["node_folder"] = str(node.config.stash[_folder])  # type: ignore[attr-defined]


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and _folder in config.stash:
        stop_shared_node(config.stash[_folder])
        shutil.rmtree(config.stash[_folder], ignore_errors=True)


@pytest.fixture(scope="session")
def es_url(pytestconfig: pytest.Config) -> str:
    """The address of a real Elasticsearch, shared by the whole test run."""
    # Under xdist the process that runs the workers is their parent.
    owner = os.getppid() if hasattr(pytestconfig, "workerinput") else os.getpid()
    try:
        return shared_node(pytestconfig.stash[_folder], owner)
    except NoNodeError as error:
        if pytestconfig.getoption("--require-es"):
            pytest.fail(f"no Elasticsearch: {error}", pytrace=False)
        pytest.skip(f"no Elasticsearch: {error}")


@pytest.fixture
def es_prefix(es_url: str) -> Iterator[str]:
    """A prefix of index and template names for one test; what bears it is deleted afterwards."""
    prefix = f"t-{uuid.uuid4().hex[:8]}"
    yield prefix
    wipe(es_url, prefix)
