"""Routes for the records that were refused for good."""

from dataclasses import replace

from flask import Blueprint, Response

from app.domain.dead_letters import LetterQuery
from app.domain.outcomes import Status
from app.domain.ports import DeadLetterStore
from app.http import bodies
from app.http.answers import json_answer, problem_answer
from app.http.metrics import Metrics
from app.http.parameters import query_parameters
from app.protocols.dead_letters import (
    dump_letter,
    dump_letters,
    dump_replay,
    parse_letter_query,
    parse_purge,
    parse_replay,
    status_of,
)
from app.protocols.problems import problem

#: Pages that one request purges, so that no request takes for ever.
_PURGED_PAGES = 10


def dead_letter_routes(
    letters: DeadLetterStore, metrics: Metrics, max_body_bytes: int
) -> Blueprint:
    """List, show, replay and purge."""
    routes = Blueprint("dead_letters", __name__)

    @routes.get("/api/v1/dead-letters")
    def list_letters() -> Response:
        query = parse_letter_query(query_parameters())
        return json_answer(dump_letters(letters.find(query), query))

    @routes.get("/api/v1/dead-letters/<id>")
    def show(id: str) -> Response:
        letter = letters.get(id)
        if letter is None:
            return _no_letter(id)
        return json_answer({"dead_letter": dump_letter(letter) | {"record": letter.record}})

    @routes.post("/api/v1/dead-letters/replay")
    def replay_letters() -> Response:
        wanted = parse_replay(bodies.read_object(max_body_bytes))
        ids, next_cursor = wanted.ids, None
        if ids is None:
            page = letters.find(wanted.query)
            ids, next_cursor = [letter.id for letter in page.letters], page.next_cursor
        results = letters.replay(ids)
        body = dump_replay(results, next_cursor)
        for status, number in body["counts"].items():
            metrics.letters(f"replay_{status}", number)
        done = sum(status_of(result) in (Status.CREATED, Status.DUPLICATE) for result in results)
        message = f"{done} of {len(results)} dead letters replayed"
        return json_answer({"message": message, **body}, 200 if done == len(results) else 207)

    @routes.delete("/api/v1/dead-letters/<id>")
    def purge_one(id: str) -> Response:
        if not letters.purge([id]):
            return _no_letter(id)
        metrics.letters("purged", 1)
        return json_answer({"purged": 1, "remaining": 0})

    @routes.delete("/api/v1/dead-letters")
    def purge() -> Response:
        query = parse_purge(query_parameters())
        purged, remaining = _purge(letters, query)
        metrics.letters("purged", purged)
        return json_answer({"purged": purged, "remaining": remaining})

    return routes


def _purge(letters: DeadLetterStore, query: LetterQuery) -> tuple[int, int]:
    """How many were purged, and how many are left for another request."""
    purged = 0
    for _ in range(_PURGED_PAGES):
        page = letters.find(query)
        if not page.letters:
            return purged, 0
        purged += letters.purge([letter.id for letter in page.letters])
    return purged, letters.find(replace(query, limit=1)).total


def _no_letter(id: str) -> Response:
    return problem_answer(problem(404, f"there is no dead letter with the id {id!r}"))
