"""Regions as the settings name them."""

import re

import pytest

from app.domain.regions import Replication, Role, regions_of
from app.settings import Settings, SettingsError


def test_peers_have_names_and_one_or_more_addresses() -> None:
    regions = regions_of(
        "multi_master", "eu", ["us=http://a:9200|http://b:9200", "ap=https://c"], ""
    )

    assert regions.kind is Replication.MULTI_MASTER
    assert regions.peers == {"us": ("http://a:9200", "http://b:9200"), "ap": ("https://c",)}


@pytest.mark.parametrize(
    ("kind", "own", "peers", "first_master", "said"),
    [
        ("multi_master", "", ["us=http://a"], "", "needs LOGFEED_REGION"),
        ("multi_master", "eu", [], "", "needs LOGFEED_PEERS"),
        ("master_slave", "eu", ["us=http://a"], "", "LOGFEED_FIRST_MASTER, one of eu, us"),
        ("master_slave", "eu", ["us=http://a"], "ap", "LOGFEED_FIRST_MASTER, one of eu, us"),
        ("off", "EU", [], "", "LOGFEED_REGION='EU' cannot be used"),
        ("off", "eu", ["us"], "", "entry 1 must look like name=https://host:9200"),
        ("off", "eu", ["us=http://a", "x=ftp://secret"], "", "entry 2 must look like"),
        ("off", "eu", ["us=http://a", "us=http://b"], "", "the region us stands there twice"),
        ("off", "eu", ["eu=http://a"], "", "the region eu stands there twice"),
    ],
)
def test_what_does_not_go_together_is_refused_in_words(
    kind: str, own: str, peers: list[str], first_master: str, said: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(said)) as refused:
        regions_of(kind, own, peers, first_master)

    assert "secret" not in str(refused.value)


def test_the_settings_refuse_ids_that_two_regions_would_both_give() -> None:
    with pytest.raises(SettingsError, match="LOGFEED_ID_GENERATOR=sequential cannot be used"):
        Settings.from_env(
            {
                "LOGFEED_REPLICATION": "multi_master",
                "LOGFEED_REGION": "eu",
                "LOGFEED_PEERS": "us=http://a:9200",
                "LOGFEED_ID_GENERATOR": "sequential",
            }
        )


def test_the_addresses_of_peers_are_not_shown() -> None:
    settings = Settings(peers=("us=http://user:hunter2@a:9200",), region="eu")

    assert "hunter2" not in repr(settings)
    assert "hunter2" not in repr(settings.regions)


def test_of_two_roles_the_one_of_the_higher_term_holds() -> None:
    assert max(Role(1, "us"), Role(2, "eu")) == Role(2, "eu")
    assert max(Role(2, "us"), Role(2, "eu")) == Role(2, "us")
