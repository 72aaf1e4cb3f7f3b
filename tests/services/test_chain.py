"""The filter chain: steps in order, the first that says no ends it."""

from msgspec.structs import replace

from app.domain.draft import Draft
from app.domain.levels import LogLevel
from app.domain.outcomes import Outcome
from app.services.pipeline.chain import FilterChain, StepResult
from app.services.pipeline.drop_rules import DropBelowLevel, DropServices
from tests.builders import draft


def shout(draft: Draft) -> StepResult:
    return replace(draft, message=draft.message.upper())


def add_mark(draft: Draft) -> StepResult:
    return replace(draft, message=f"{draft.message}!")


def refuse(draft: Draft) -> StepResult:
    return Outcome.rejected(f"refused {draft.message}", field="message")


def test_without_steps_a_record_is_kept_as_it_is() -> None:
    record = draft()

    assert FilterChain([])(record) is record


def test_each_step_sees_what_the_one_before_has_changed() -> None:
    chain = FilterChain([add_mark, shout, add_mark])

    assert chain(draft(message="stop")) == draft(message="STOP!!")


def test_the_first_step_that_says_no_ends_the_way() -> None:
    chain = FilterChain([shout, refuse, DropBelowLevel(LogLevel.CRITICAL)])

    assert chain(draft(message="stop")) == Outcome.rejected("refused STOP", field="message")


def test_a_record_below_the_least_level_is_dropped_under_the_name_of_the_rule() -> None:
    step = DropBelowLevel(LogLevel.WARNING)

    kept = [level.name for level in LogLevel if isinstance(step(draft(level=level)), Draft)]

    assert kept == ["WARNING", "ERROR", "CRITICAL"]
    assert step(draft(level=LogLevel.INFO)) == Outcome.dropped("min_level")


def test_a_record_of_an_unwanted_service_is_dropped_under_the_name_of_the_rule() -> None:
    step = DropServices(["health-check", "probe"])

    assert step(draft(service="probe")) == Outcome.dropped("drop_services")
    assert step(draft(service="Probe")) == draft(service="Probe")
    assert step(draft(service="probe-2")) == draft(service="probe-2")
