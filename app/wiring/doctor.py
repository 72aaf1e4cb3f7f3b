"""The composition root of ``logfeed doctor``: everything that can be looked at, each by itself."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import urllib3

from app.domain.dead_letters import LetterQuery
from app.domain.diagnosis import ApiState, Letters, LocalLog, Stuck, Symptoms
from app.domain.errors import LogfeedError
from app.domain.lifecycle import ClusterFacts, Tier
from app.domain.ports import Clock
from app.scheduler.steady import steady_clock
from app.services.scheduler_view import SchedulerView
from app.settings import Settings
from app.stores.elasticsearch.dead_letters import DeadLetters
from app.stores.elasticsearch.examination import ClusterExamination
from app.stores.elasticsearch.state import ElasticsearchStateStore
from app.stores.write_ahead_log.mounts import VOLATILE, file_system_of
from app.stores.write_ahead_log.survey import survey
from app.wiring.clock import system_clock
from app.wiring.indices import create_indices, create_templates
from app.wiring.lifecycle import Lifecycle, create_lifecycle
from retention.actions import Kind
from retention.planner import plan

_API_SECONDS = 5.0
_Seen = TypeVar("_Seen")


def examine(settings: Settings, clock: Clock = system_clock) -> Symptoms:
    """All that can be seen now; what cannot is named, and hides nothing else.

    Raises:
        PolicyError: the policies cannot be used.
        StoreError: a setting of the connection cannot be used.
    """
    look = _Look()
    with closing(create_lifecycle(settings, clock)) as lifecycle:
        api = look("the API", lambda: _api(settings.api_url))
        log = look("the write-ahead log", lambda: _log(settings.data_dir / "wal", clock))
        here = Symptoms(clock(), api=api, log=log)
        templates = create_templates(settings, lifecycle.client)
        examination = ClusterExamination(
            lifecycle.client, settings.index_prefix, templates, settings.tier_attribute
        )
        try:
            examination.reach()
        except LogfeedError as error:
            return replace(here, away=str(error), unseen=tuple(look.unseen))
        return _with_cluster(settings, lifecycle, examination, look, here)


class _Look:
    """Looks at one thing after the other; one that fails is noted and None."""

    def __init__(self) -> None:
        self.unseen: list[str] = []

    def __call__(self, what: str, see: Callable[[], _Seen]) -> _Seen | None:
        try:
            return see()
        except (LogfeedError, OSError) as error:
            self.unseen.append(f"{what} ({error})")
            return None


def _with_cluster(
    settings: Settings,
    lifecycle: Lifecycle,
    examination: ClusterExamination,
    look: _Look,
    here: Symptoms,
) -> Symptoms:
    client, prefix, clock = lifecycle.client, settings.index_prefix, lifecycle.clock
    indices = create_indices(settings, client)
    letters = DeadLetters(client, prefix, indices, clock)
    view = SchedulerView(ElasticsearchStateStore(client, prefix, indices), steady_clock, clock)
    facts = look("the indices", lifecycle.admin.facts)
    lives = lifecycle.policies.streams.values()
    wanted = {Tier.WARM for life in lives if life.warm_after is not None}
    wanted |= {Tier.COLD for life in lives if life.cold_after is not None}
    return replace(
        here,
        cluster=look("the cluster", examination.cluster),
        indices=facts.indices if facts else (),
        tiers=facts.tiers if facts else frozenset(),
        wanted_tiers=frozenset(wanted),
        archives=any(life.archive_after is not None for life in lives),
        stuck=_stuck(lifecycle, facts) if facts else (),
        failures=look("the audit", examination.failures) or (),
        letters=look("the dead letters", lambda: _letters(letters)),
        scheduler=look("the scheduler", view.status),
        unseen=tuple(look.unseen),
    )


def _stuck(lifecycle: Lifecycle, facts: ClusterFacts) -> tuple[Stuck, ...]:
    actions = plan(lifecycle.policies, facts, lifecycle.clock(), lifecycle.bounds)
    return tuple(
        Stuck(action.target, action.reason) for action in actions if action.kind is Kind.BLOCKED
    )


def _letters(letters: DeadLetters) -> Letters:
    page = letters.find(LetterQuery(limit=1))
    return Letters(page.total, page.letters[0].reason if page.letters else "")


def _log(folder: Path, clock: Clock) -> LocalLog:
    kind = file_system_of(folder) if folder.is_dir() else ""
    return LocalLog(str(folder), kind in VOLATILE, survey(folder, clock))


def _api(url: str) -> ApiState:
    try:
        with urllib3.PoolManager(retries=False, timeout=_API_SECONDS) as http:
            answer = http.request("GET", f"{url}/api/v1/metrics")
            return ApiState(url, pending=int(answer.json()["metrics"]["logs_pending"]))
    except urllib3.exceptions.HTTPError:
        return ApiState(url, f"nothing answers at {url}")
    except (ValueError, KeyError, TypeError):
        return ApiState(url, f"what answers at {url} is not Logfeed")
