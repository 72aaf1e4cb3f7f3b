"""What a write waits for: said by the request, else by the setting."""

from collections.abc import Sequence

import pytest

from app.domain.entry import LogEntry
from app.domain.errors import OverloadedError
from app.domain.outcomes import Acknowledge, Outcome
from app.settings import Settings
from tests.fakes import AnsweringDatabase
from tests.http import site
from tests.http.site import assert_problem, record


def patient(entries: Sequence[LogEntry], ack: Acknowledge) -> list[Outcome]:
    """Stores what is waited for, and only accepts the rest."""
    made = Outcome.accepted if ack is Acknowledge.ACCEPTED else Outcome.created
    return [made(entry.id) for entry in entries]


def full(entries: Sequence[LogEntry], ack: Acknowledge) -> list[Outcome]:
    """Has no room."""
    raise OverloadedError("too much waits already")


def choosy(entries: Sequence[LogEntry], ack: Acknowledge) -> list[Outcome]:
    """Has no room for the service ``noisy``."""
    return [
        Outcome.overloaded("too many of this service wait", id=entry.id)
        if entry.service == "noisy"
        else Outcome.created(entry.id)
        for entry in entries
    ]


@pytest.mark.parametrize("path", ["/logs", "/api/v1/logs"])
def test_a_record_that_is_only_accepted_is_202(path: str) -> None:
    answer = site.client(store=AnsweringDatabase(patient)).post(
        f"{path}?ack=accepted", json=record(id="a")
    )

    assert answer.status_code == 202
    assert answer.get_json() == {
        "log_id": "a",
        "message": "Log accepted; it is safe and will be stored",
        "status": "accepted",
    }


def test_a_batch_that_is_only_accepted_is_202() -> None:
    answer = site.client(store=AnsweringDatabase(patient)).post(
        "/api/v1/logs/batch?ack=accepted", json={"logs": [record(), record()]}
    )

    assert answer.status_code == 202
    assert answer.get_json()["counts"]["accepted"] == 2


def test_a_bad_record_beside_accepted_ones_is_207() -> None:
    answer = site.client(store=AnsweringDatabase(patient)).post(
        "/api/v1/logs/batch?ack=accepted", json={"logs": [record(), record(level="loud")]}
    )

    assert answer.status_code == 207
    assert [found["status"] for found in answer.get_json()["results"]] == ["accepted", "rejected"]


def test_the_setting_holds_for_requests_that_do_not_say() -> None:
    client = site.client(Settings(acknowledge="accepted"), store=AnsweringDatabase(patient))

    assert client.post("/logs", json=record()).status_code == 202
    assert client.post("/logs?ack=stored", json=record()).status_code == 201


def test_an_unknown_mode_is_refused_with_those_that_there_are() -> None:
    answer = site.client().post("/logs?ack=maybe", json=record())

    assert_problem(answer, 400, "must be one of stored, accepted", "ack")


@pytest.mark.parametrize("path", ["/api/v1/logs", "/api/v1/logs/batch"])
def test_a_full_log_is_429_and_says_when_to_come_back(path: str) -> None:
    body = {"logs": [record()]} if path.endswith("batch") else record()

    answer = site.client(store=AnsweringDatabase(full)).post(path, json=body)

    assert_problem(answer, 429, "too much waits already")
    assert int(answer.headers["Retry-After"]) > 0


def test_a_record_of_a_service_that_holds_too_much_is_429_with_a_time_to_come_back() -> None:
    answer = site.client(store=AnsweringDatabase(choosy)).post(
        "/logs", json=record(service="noisy")
    )

    assert_problem(answer, 429, "too many of this service wait")
    assert answer.headers["Retry-After"]


def test_in_a_batch_only_records_of_that_service_are_to_be_sent_again() -> None:
    client = site.client(store=AnsweringDatabase(choosy))

    mixed = client.post("/logs/batch", json=[record(service="noisy"), record()])
    noise = client.post("/logs/batch", json=[record(service="noisy")])

    assert [result["status"] for result in mixed.get_json()["results"]] == ["failed", "created"]
    assert mixed.status_code == 207
    assert noise.status_code == 429
