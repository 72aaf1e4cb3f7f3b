"""What a write is answered with, whichever way it took."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from app.domain import draft as limits
from app.domain.outcomes import Outcome, Status, tally
from app.protocols import problems
from app.protocols.problems import problem
from app.protocols.rest import dump_outcomes

_STATUS_OF_LIMITS: dict[str | None, int] = {
    limits.MAX_RECORD_BYTES: 413,
    limits.MAX_METADATA_FIELDS: 422,
    limits.MAX_NESTING: 422,
}


class IngestAnswer(Struct, frozen=True, gc=False):
    """Status and JSON body of an answer; a problem (RFC 9457) from status 400 on."""

    status: int
    body: dict[str, Any]

    @property
    def content_type(self) -> str:
        """What the body is."""
        return problems.CONTENT_TYPE if self.status >= 400 else "application/json"


def answer_to_one(outcome: Outcome) -> IngestAnswer:
    """The answer to a request that brought one record."""
    match outcome.status:
        case Status.CREATED:
            body = {"log_id": outcome.id, "message": "Log ingested successfully"}
            return IngestAnswer(201, body)
        case Status.DUPLICATE:
            body = {"log_id": outcome.id, "message": "A log with this id is stored already"}
            return IngestAnswer(200, body | {"status": "duplicate"})
        case Status.ACCEPTED:
            body = {"log_id": outcome.id, "message": "Log accepted; it is safe and will be stored"}
            return IngestAnswer(202, body | {"status": "accepted"})
        case Status.DROPPED:
            body = {"message": f"Log dropped by the rule {outcome.rule}", "rule": outcome.rule}
            return IngestAnswer(200, body | {"status": "dropped"})
        case Status.REJECTED:
            reason = f"{outcome.field}: {outcome.reason}" if outcome.field else str(outcome.reason)
            limit = {"rule": outcome.rule} if outcome.rule else {}
            status = _STATUS_OF_LIMITS.get(outcome.rule, 400)
            return of_problem(problem(status, reason, field=outcome.field, **limit))
        case Status.FAILED:
            status = 429 if outcome.is_overload else 503
            return of_problem(problem(status, outcome.reason or "the store is away"))


def answer_to_batch(outcomes: Sequence[Outcome]) -> IngestAnswer:
    """The answer to a batch: an outcome for each record, in order."""
    counts = tally(outcomes)
    body = dump_outcomes(outcomes, counts)
    rejected, failed = counts[Status.REJECTED], counts[Status.FAILED]
    if rejected + failed < len(outcomes):
        message = f"{len(outcomes) - rejected - failed} of {len(outcomes)} records taken"
        status = 202 if counts[Status.ACCEPTED] else 201
        return IngestAnswer(207 if rejected + failed else status, {"message": message, **body})
    if failed:
        detail = f"{failed} of {len(outcomes)} records could not be stored now; send them again"
        reasons = {it.reason for it in outcomes if it.status is Status.FAILED}
        if len(reasons) == 1 and (reason := reasons.pop()):
            detail += f" ({reason})"
        is_overload = all(
            outcome.is_overload for outcome in outcomes if outcome.status is Status.FAILED
        )
        return of_problem(problem(429 if is_overload else 503, detail, **body))
    return of_problem(problem(400, "every record of the batch was rejected", **body))


def of_problem(body: dict[str, Any]) -> IngestAnswer:
    """A problem body under the status that it names."""
    return IngestAnswer(body["status"], body)
