"""docker-compose.yml and Dockerfile, as far as they can be checked without an engine."""

import dataclasses
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyOptions

from app.engine.jars import ELASTICSEARCH_VERSION
from app.settings import Settings, variable_name

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
KNOWN = {variable_name(field.name) for field in dataclasses.fields(Settings)}
NODES = ("es-hot", "es-warm", "es-cold")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """The services, every merge applied."""
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)["services"]
    return found


def test_the_file_is_valid_by_the_compose_specification() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")

    compose = PyOptions(apply_merge=True).from_yaml(text)

    compose.validate()
    assert set(compose.service_names()) == {*NODES, "redis", "logfeed", "scheduler"}


def test_there_is_a_node_for_each_tier(services: dict[str, Any]) -> None:
    tiers = {services[node]["environment"]["node.attr.tier"] for node in NODES}

    assert tiers == {"hot", "warm", "cold"}


@pytest.mark.parametrize("node", NODES)
def test_a_node_runs_the_version_that_the_local_one_has(
    services: dict[str, Any], node: str
) -> None:
    assert services[node]["image"] == f"elasticsearch:{ELASTICSEARCH_VERSION}"


@pytest.mark.parametrize("node", NODES)
def test_a_node_finds_the_others_and_bears_its_own_name(
    services: dict[str, Any], node: str
) -> None:
    environment = services[node]["environment"]

    assert environment["node.name"] == services[node]["hostname"] == node
    assert environment["discovery.seed_hosts"].split(",") == list(NODES)
    assert environment["cluster.initial_master_nodes"].split(",") == list(NODES)


@pytest.mark.parametrize("service", [*NODES, "redis", "logfeed", "scheduler"])
def test_every_service_says_whether_it_is_healthy(services: dict[str, Any], service: str) -> None:
    assert services[service]["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}


def test_no_node_without_security_is_published(services: dict[str, Any]) -> None:
    assert not [name for name in (*NODES, "redis") if "ports" in services[name]]
    assert services["logfeed"]["ports"] == ["127.0.0.1:8080:8080"]


def test_the_service_starts_when_all_nodes_are_healthy(services: dict[str, Any]) -> None:
    assert services["logfeed"]["depends_on"] == {
        node: {"condition": "service_healthy"} for node in NODES
    }


def test_every_setting_of_the_service_exists_and_can_be_used(services: dict[str, Any]) -> None:
    settings = Settings.from_env(services["logfeed"]["environment"])

    assert settings.port == 8080
    assert settings.elasticsearch_url.count(",") == len(NODES) - 1


def test_the_scheduler_is_of_the_same_image_cluster_and_data(services: dict[str, Any]) -> None:
    service, scheduler = services["logfeed"], services["scheduler"]
    settings = Settings.from_env(scheduler["environment"])

    assert scheduler["command"] == ["python", "-m", "app", "scheduler"]
    assert (scheduler["image"], scheduler["volumes"]) == (service["image"], service["volumes"])
    assert settings.elasticsearch_url == service["environment"]["LOGFEED_ELASTICSEARCH_URL"]
    assert "ports" not in scheduler


def test_every_setting_in_the_dockerfile_exists() -> None:
    named = set(re.findall(r"LOGFEED_[A-Z_]+", DOCKERFILE))

    assert named
    assert named <= KNOWN


def test_what_the_dockerfile_copies_is_all_that_the_service_needs(tmp_path: Path) -> None:
    # Without what another process of this run may be compiling at the moment.
    compiled = shutil.ignore_patterns("__pycache__")
    for source, target in re.findall(r"^COPY (\S+) (\S+)$", DOCKERFILE, re.MULTILINE):
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, tmp_path / target, ignore=compiled)
        else:
            (tmp_path / target).mkdir(parents=True)
            shutil.copy(ROOT / source, tmp_path / target)
    script = (
        "import app.cli.serve, app.wiring.system, app.wiring.scheduler;"
        "import app.stores.elasticsearch.templates as t;"
        "print(app.cli.serve.__file__, len(list(t.FOLDER.glob('*/*.json'))))"
    )

    said = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, check=True, capture_output=True, text=True
    ).stdout.split()

    templates = len(list((ROOT / "index_templates").glob("*/*.json")))
    assert said == [str(tmp_path / "app" / "cli" / "serve.py"), str(templates)]


@pytest.mark.parametrize(
    "kept", ["requirements/runtime.txt", "index_templates", "app", "retention"]
)
def test_what_is_copied_is_not_ignored(kept: str) -> None:
    assert f"!{kept}" in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert f"COPY {kept} " in DOCKERFILE
