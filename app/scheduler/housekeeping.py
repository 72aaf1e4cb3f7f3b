"""Jobs that keep the house in order: templates, dead letters, the write-ahead logs of this machine."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from app.domain.dead_letters import MAX_LETTERS, LetterQuery
from app.domain.instants import NANOS_PER_SECOND
from app.domain.jobs import Guard, Job, JobResult
from app.domain.left_logs import DamagedFile, LeftLog, LogSurvey
from app.domain.ports import Clock, DeadLetterStore

_DAY_SECONDS = 86_400
#: Pages of letters that one run deletes; the next run goes on.
_PAGES = 100


def template_job(missing: Callable[[], Sequence[str]], install: Callable[[], Sequence[str]]) -> Job:
    """Puts index templates back that somebody has deleted, or that are older than this version's."""

    def run(guard: Guard) -> JobResult:
        if not missing():
            return JobResult("all index templates are there")
        guard()
        installed = install()
        return JobResult(f"installed {len(installed)} index templates: {', '.join(installed)}")

    return run


def dead_letter_job(letters: DeadLetterStore, clock: Clock, age_days: int) -> Job:
    """Deletes letters that were refused the last time more than ``age_days`` ago; 0: none."""
    return partial(_purge_old, letters, clock, age_days)


def _purge_old(letters: DeadLetterStore, clock: Clock, age_days: int, guard: Guard) -> JobResult:
    query = LetterQuery(limit=MAX_LETTERS)
    if not age_days:
        return JobResult(
            f"{_letters(letters.find(replace(query, limit=1)).total)} kept; none is deleted by age"
        )
    before = clock() - age_days * _DAY_SECONDS * NANOS_PER_SECOND
    old = replace(query, refused_before=before)
    deleted = 0
    for _ in range(_PAGES):
        page = letters.find(old)
        if not page.letters:
            break
        guard()
        deleted += letters.purge([letter.id for letter in page.letters])
    kept = letters.find(replace(query, limit=1)).total
    return JobResult(f"{_letters(deleted)} older than {age_days} days deleted, {kept} kept")


def log_job(
    look: Callable[[], LogSurvey], remove: Callable[[DamagedFile], None], age_days: int
) -> Job:
    """Tells of logs that nobody ships and of bytes that could not be read.

    Args:
        age_days: after which such bytes are deleted; 0: never.
    """
    return partial(_keep_logs, look, remove, age_days)


def _keep_logs(
    look: Callable[[], LogSurvey],
    remove: Callable[[DamagedFile], None],
    age_days: int,
    guard: Guard,
) -> JobResult:
    survey = look()
    old = [it for it in survey.damaged if age_days and it.age_seconds > age_days * _DAY_SECONDS]
    for file in old:
        guard()
        remove(file)
    kept = [file for file in survey.damaged if file not in old]
    parts = []
    if survey.left:
        parts.append(_left(survey.left))
    if kept:
        oldest = max(file.age_seconds for file in kept) / _DAY_SECONDS
        parts.append(
            f"{len(kept)} damaged files, {_size(sum(file.bytes for file in kept))}, the oldest from "
            f"{oldest:.1f} days ago, are kept in {kept[0].path.parent}"
        )
    if old:
        parts.append(f"{len(old)} damaged files older than {age_days} days deleted")
    text = "; ".join(parts) or "no log waits and nothing is damaged on this machine"
    return JobResult(text, needs_attention=bool(survey.left or kept))


def _left(logs: Sequence[LeftLog]) -> str:
    waiting = max(log.idle_seconds for log in logs)
    return (
        f"{len(logs)} logs of ended processes, {_size(sum(log.segment_bytes for log in logs))}, "
        f"untouched for {waiting:.0f} s, wait with nobody to ship them: start `logfeed serve` with "
        f"LOGFEED_QUEUE=local on this machine ({logs[0].folder.parent})"
    )


def _letters(number: int) -> str:
    return f"{number} dead letter{'' if number == 1 else 's'}"


def _size(number: float) -> str:
    for unit in ("bytes", "KiB", "MiB"):
        if number < 1024:
            return f"{number:.0f} {unit}"
        number /= 1024
    return f"{number:.1f} GiB"
