"""What the policies mean for the write path: where records lie, and how old they may be."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from app.domain.draft import Draft
from app.domain.instants import NANOS_PER_DAY
from app.domain.sharding import (
    RuleBasedSharding,
    ScalingStrategy,
    ServiceBasedSharding,
    TimeBasedSharding,
    midnight,
)
from app.settings import Settings, SettingsError
from retention.planner import Bounds
from retention.policy import Policies
from retention.policy_file import DEFAULT_FILE, read_policies
from retention.routing import Router


def policies_of(settings: Settings) -> Policies:
    """The policies that ``settings`` name.

    Raises:
        PolicyError: they cannot be read or used; says the line of each mistake.
    """
    return read_policies(
        Path(settings.policies).expanduser() if settings.policies else DEFAULT_FILE
    )


def bounds_of(settings: Settings) -> Bounds:
    """What a run of the lifecycle may do."""
    return Bounds(accepted_age=settings.accepted_age * NANOS_PER_DAY)


def sharding_of(settings: Settings, policies: Policies, router: Router) -> ScalingStrategy:
    """Stream and period of records: by rules first, then by service where that is set, then by time.

    Raises:
        SettingsError: a date that is none.
    """
    within: ScalingStrategy = TimeBasedSharding(
        policies.life_of("default").period,
        {stream: life.period for stream, life in policies.streams.items()},
    )
    if settings.dedicated_services or settings.service_buckets:
        within = ServiceBasedSharding(
            settings.dedicated_services,
            settings.service_buckets,
            within,
            since=_parted_since(settings),
        )
    return RuleBasedSharding(router.stream_of, within)


@dataclass(frozen=True)
class KeptAges:
    """How old a record may be and still be kept, by the life of its stream; nanoseconds."""

    policies: Policies
    router: Router

    def __call__(self, draft: Draft) -> int | None:
        """Of ``draft``; None if its stream sets no limit."""
        stream = self.router.stream_of(draft.level, draft.service, draft.metadata)
        return self.router.oldest_age(stream)

    @property
    def least(self) -> int | None:
        """The least answer of all; None if no stream sets a limit."""
        streams = {"default", *(rule.stream for rule in self.policies.rules)}
        ages = [age for stream in streams if (age := self.router.oldest_age(stream)) is not None]
        return min(ages, default=None)


def _parted_since(settings: Settings) -> int | None:
    if not settings.parted_since:
        return None
    try:
        return midnight(date.fromisoformat(settings.parted_since))
    except ValueError:
        raise SettingsError(
            f"LOGFEED_PARTED_SINCE={settings.parted_since!r} cannot be used: is no day of the calendar"
        ) from None
