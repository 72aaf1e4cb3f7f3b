"""What records pass on their way in, as the settings say."""

from collections.abc import Mapping
from typing import Literal

from app.domain.levels import LogLevel
from app.domain.ports import IMPORTED_STREAM, Clock, IdGenerator
from app.services.pipeline.chain import FilterChain, Step
from app.services.pipeline.drop_rules import DropBelowLevel, DropServices
from app.services.pipeline.identification import Identify
from app.services.pipeline.time_window import TimeWindow
from app.services.pipeline.validation import RecordLimits, validation
from app.settings import Settings
from app.wiring.policies import KeptAges


def filter_chains(
    settings: Settings, ids: IdGenerator, clock: Clock, kept: KeptAges | None = None
) -> tuple[FilterChain, Mapping[str, FilterChain]]:
    """The chain of most records, and those of the streams that have one of their own.

    Args:
        kept: how old records may be by their streams; None: as old as the settings say.
    """
    drops: list[Step] = []
    if settings.min_level != LogLevel.DEBUG.name:
        drops.append(DropBelowLevel(LogLevel[settings.min_level]))
    if settings.drop_services:
        drops.append(DropServices(settings.drop_services))
    outside: Literal["move", "reject"] = "reject" if settings.outside_window == "reject" else "move"
    window = TimeWindow(
        clock,
        settings.accepted_age,
        settings.accepted_ahead,
        outside,
        kept or (lambda draft: None),
        kept.least if kept else None,
    )
    # Old files come with old times; their zone may be unknown, but no more than a day.
    any_age = TimeWindow(clock, None, 86_400, outside)
    validate = validation(RecordLimits(settings.max_record_bytes, settings.max_metadata_fields))
    identify = Identify(ids, clock)
    return (
        FilterChain([validate, window, *drops, identify]),
        {IMPORTED_STREAM: FilterChain([validate, any_age, *drops, identify])},
    )
