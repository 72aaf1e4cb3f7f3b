"""Dead letters: what was refused for good is found again, and replayed without storing it twice."""

import base64
import json
from collections.abc import Sequence
from typing import Any

import pytest

from app.domain.dead_letters import DeadLetter, LetterQuery, Replayed
from app.domain.errors import InvalidQueryError, StoreUnavailableError
from app.domain.outcomes import Outcome, Status
from app.domain.sharding import Partition
from app.stores.elasticsearch.actions import Action, create_action, in_parts
from app.stores.elasticsearch.client import Client
from app.stores.elasticsearch.connect import ClusterAddress, connect
from app.stores.elasticsearch.dead_letters import DeadLetters
from app.stores.elasticsearch.documents import encode
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.templates import IndexTemplates
from tests.builders import HOUR, NOON_NS
from tests.fakes import FakeClock
from tests.node import free_port
from tests.rolling import roll_over

pytestmark = pytest.mark.es

DAY = Partition("default", "2024.01.02")
REASON = "document_parsing_exception: [1:14] failed to parse field [timestamp] of type [date_nanos]"
GOOD = {"timestamp": "2024-01-02T00:00:00Z", "level": "INFO", "service": "shop", "message": "m"}
BAD = {**GOOD, "timestamp": "yesterday"}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def letters(client: Client, es_prefix: str, indices: Indices, clock: FakeClock) -> DeadLetters:
    return DeadLetters(client, es_prefix, indices, clock)


@pytest.fixture
def index(indices: Indices) -> str:
    return indices.target(DAY)


def action(id: str, index: str, source: Any = GOOD, service: str = "") -> Action:
    return create_action(id, index, encode(source), service)


def bury(letters: DeadLetters, *actions: Action, reason: str = REASON) -> None:
    letters.bury([(one, reason) for one in actions])


def found(letters: DeadLetters, **query: Any) -> list[DeadLetter]:
    return list(letters.find(LetterQuery(**query)).letters)


def ids(letters: DeadLetters) -> list[str]:
    return [letter.id for letter in found(letters)]


def stored(client: Client, indices: Indices) -> list[tuple[str, str, str]]:
    """Index, id and message of every record."""
    name = f"{indices.alias(DAY)}-*"
    client.indices.refresh(index=name)
    hits = client.search(index=name, size=100)["hits"]["hits"]
    return sorted((hit["_index"], hit["_id"], hit["_source"]["message"]) for hit in hits)


def outcomes(replayed: Sequence[Replayed]) -> list[Outcome | None]:
    return [one.outcome for one in replayed]


def test_where_nothing_was_refused_there_are_no_letters(letters: DeadLetters) -> None:
    page = letters.find(LetterQuery())

    assert (list(page.letters), page.total, page.next_cursor) == ([], 0, None)
    assert letters.get("0" * 32) is None
    assert letters.replay(["0" * 32]) == [Replayed("0" * 32, None)]
    assert letters.purge(["0" * 32]) == 0


def test_a_letter_tells_whose_record_was_refused_where_when_and_why(
    letters: DeadLetters, index: str
) -> None:
    bury(letters, action("a", index))

    (letter,) = found(letters)

    assert letter == DeadLetter(
        id=letter.id,
        record_id="a",
        service="shop",
        index=index,
        reason=REASON,
        error_type="document_parsing_exception",
        attempts=1,
        first_refused=NOON_NS,
        last_refused=NOON_NS,
        record=None,
    )


@pytest.mark.parametrize(
    ("source", "service", "told"),
    [
        (GOOD, "cart", "cart"),
        (GOOD, "", "shop"),
        ({"service": 7}, "", ""),
        ({"message": "m"}, "", ""),
        (["service"], "", ""),
    ],
)
def test_the_service_is_the_action_s_or_else_the_record_s(
    letters: DeadLetters, index: str, source: Any, service: str, told: str
) -> None:
    bury(letters, action("a", index, source, service))

    assert [letter.service for letter in found(letters)] == [told]


def test_one_letter_is_shown_with_its_record_as_it_was_sent(
    letters: DeadLetters, index: str
) -> None:
    sent = {
        **BAD,
        "metadata": {"n": 2**70},
        "numbers": ["n\0f"],
        "parts": ["a b"],
        "ingest_sequence": 1,
    }
    bury(letters, action("ü'\"", index, sent))
    (name,) = ids(letters)

    letter = letters.get(name)

    assert letter is not None
    assert letter.record == {"id": "ü'\"", **BAD, "metadata": {"n": 2**70}}


def test_a_record_that_is_no_object_is_shown_as_text(letters: DeadLetters, index: str) -> None:
    bury(letters, create_action("a", index, b'{"torn'))
    (name,) = ids(letters)

    letter = letters.get(name)

    assert letter is not None
    assert str(letter.record).endswith('{"torn\n')


def test_burying_again_changes_nothing(letters: DeadLetters, index: str, clock: FakeClock) -> None:
    bury(letters, action("a", index))
    before = found(letters)
    clock.advance(hours=1)

    bury(letters, action("a", index), reason="another")

    assert found(letters) == before


def test_pages_follow_each_other_newest_first_and_lose_nothing(
    letters: DeadLetters, index: str, clock: FakeClock
) -> None:
    for hour in range(3):
        bury(letters, *[action(f"{hour}-{n}", index) for n in range(5)])
        clock.advance(hours=1)

    seen: list[DeadLetter] = []
    pages: list[int] = []
    cursor: str | None = None
    while cursor or not pages:
        page = letters.find(LetterQuery(limit=4, cursor=cursor))
        seen += page.letters
        pages.append(len(page.letters))
        assert page.total == 15
        cursor = page.next_cursor

    assert pages == [4, 4, 4, 3]
    assert [letter.record_id for letter in seen] == [
        f"{hour}-{n}" for hour in (2, 1, 0) for n in range(5)
    ]


def test_the_last_page_is_told_even_if_it_is_full(letters: DeadLetters, index: str) -> None:
    bury(letters, action("a", index), action("b", index))

    assert letters.find(LetterQuery(limit=2)).next_cursor is None


def test_a_page_goes_on_where_the_one_before_ended_though_its_letters_are_gone(
    letters: DeadLetters, index: str
) -> None:
    bury(letters, *[action(f"{n}", index) for n in range(4)])
    page = letters.find(LetterQuery(limit=2))
    letters.purge([letter.id for letter in page.letters])

    rest = found(letters, limit=2, cursor=page.next_cursor)

    assert [letter.record_id for letter in rest] == ["2", "3"]


@pytest.mark.parametrize(
    ("query", "records"),
    [
        ({}, ["a", "b", "c"]),
        ({"service": "shop"}, ["a", "b"]),
        ({"service": "sho"}, []),
        ({"record_id": "c"}, ["c"]),
        ({"error_type": "document_parsing_exception"}, ["a", "c"]),
        ({"reason": "FAILED to parse"}, ["a", "c"]),
        ({"reason": "parse failed"}, []),
        ({"reason": "…"}, []),
        ({"service": "shop", "reason": "too large"}, ["b"]),
    ],
)
def test_letters_are_found_by_what_they_tell(
    letters: DeadLetters, index: str, query: dict[str, str], records: list[str]
) -> None:
    bury(letters, action("a", index), action("c", index, {"service": "cart"}))
    bury(letters, action("b", index), reason="Elasticsearch: 413 too large")

    assert sorted(letter.record_id for letter in found(letters, **query)) == records


def cursor_of(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        *("x", "=", "ü", "AAAA", cursor_of([]), cursor_of({}), cursor_of([1, 2, 3])),
        *(cursor_of("abc"), cursor_of(["x", "a", "b"]), cursor_of([None, "a", "b"])),
        cursor_of(["2024-01-02T00:00:00Z", "a"]),
        cursor_of(["2024-01-02T00:00:00Z", "a", {}]),
        cursor_of(["1900-01-01T00:00:00Z", "a", "b"]),
        "W" * 10_000,
    ],
)
def test_a_cursor_that_no_page_gave_is_refused(
    letters: DeadLetters, index: str, cursor: str
) -> None:
    bury(letters, action("a", index))

    with pytest.raises(InvalidQueryError, match="cursor"):
        letters.find(LetterQuery(cursor=cursor))


def test_a_replay_stores_the_record_in_the_index_of_its_day_and_removes_the_letter(
    letters: DeadLetters, client: Client, indices: Indices, index: str
) -> None:
    bury(letters, action("a", index))
    (name,) = ids(letters)

    assert letters.replay([name]) == [Replayed(name, Outcome.created("a"))]

    assert stored(client, indices) == [(index, "a", "m")]
    assert found(letters) == []


def test_a_second_replay_finds_nothing_to_do(
    letters: DeadLetters, client: Client, indices: Indices, index: str
) -> None:
    bury(letters, action("a", index))
    (name,) = ids(letters)
    letters.replay([name])

    assert letters.replay([name]) == [Replayed(name, None)]

    assert len(stored(client, indices)) == 1


def test_a_letter_that_is_named_twice_is_replayed_once(
    letters: DeadLetters, client: Client, indices: Indices, index: str
) -> None:
    bury(letters, action("a", index), action("b", index))
    one, other = ids(letters)

    replayed = letters.replay([one, other, "0" * 32, one])

    assert [result.id for result in replayed] == [one, other, "0" * 32, one]
    assert outcomes(replayed) == [
        Outcome.created("a"),
        Outcome.created("b"),
        None,
        Outcome.created("a"),
    ]
    assert len(stored(client, indices)) == 2


def test_more_letters_than_are_read_at_a_time_are_replayed(
    letters: DeadLetters, client: Client, indices: Indices, index: str
) -> None:
    bury(letters, *[action(f"{n:02}", index) for n in range(45)])

    replayed = letters.replay(ids(letters))

    assert outcomes(replayed) == [Outcome.created(f"{n:02}") for n in range(45)]
    assert len(stored(client, indices)) == 45


def test_a_record_that_is_stored_already_stays_as_it_is_and_its_letter_goes(
    letters: DeadLetters, client: Client, indices: Indices, index: str
) -> None:
    indices.create(index)
    client.index(index=index, id="a", document={**GOOD, "message": "first"})
    bury(letters, action("a", index))

    assert outcomes(letters.replay(ids(letters))) == [Outcome.duplicate("a")]

    assert stored(client, indices) == [(index, "a", "first")]
    assert found(letters) == []


def test_after_a_rollover_a_record_goes_to_the_newest_index_of_its_day(
    letters: DeadLetters, client: Client, indices: Indices, index: str
) -> None:
    bury(letters, action("a", index))
    indices.create(index)
    newest = roll_over(client, indices, index)

    assert outcomes(letters.replay(ids(letters))) == [Outcome.created("a")]

    assert stored(client, indices) == [(newest, "a", "m")]


def test_a_record_that_was_stored_before_a_rollover_is_not_stored_again(
    letters: DeadLetters, client: Client, indices: Indices, index: str
) -> None:
    indices.create(index)
    client.index(index=index, id="a", document={**GOOD, "message": "first"})
    bury(letters, action("a", index), action("b", index))
    newest = roll_over(client, indices, index)

    replayed = letters.replay(ids(letters))

    assert outcomes(replayed) == [Outcome.duplicate("a"), Outcome.created("b")]
    assert stored(client, indices) == [(index, "a", "first"), (newest, "b", "m")]


def test_while_an_older_index_cannot_be_asked_a_record_waits(
    letters: DeadLetters, client: Client, indices: Indices, index: str
) -> None:
    bury(letters, action("a", index))
    indices.create(index)
    roll_over(client, indices, index)
    client.indices.close(index=index)

    (outcome,) = outcomes(letters.replay(ids(letters)))

    assert outcome is not None
    assert (outcome.status, len(found(letters))) == (Status.FAILED, 1)
    client.indices.open(index=index)
    assert outcomes(letters.replay(ids(letters))) == [Outcome.created("a")]


def test_what_is_refused_again_stays_with_the_new_reason_and_is_counted(
    letters: DeadLetters, client: Client, indices: Indices, index: str, clock: FakeClock
) -> None:
    bury(letters, action("a", index, BAD), action("b", index), reason="old")
    clock.advance(hours=1)

    replayed = letters.replay(ids(letters))

    assert [one.status for one in outcomes(replayed) if one] == [Status.REJECTED, Status.CREATED]
    (letter,) = found(letters)
    assert letter.record_id == "a"
    assert letter.reason.startswith("document_parsing_exception: [1:14] failed to parse field")
    assert letter.error_type == "document_parsing_exception"
    assert (letter.attempts, letter.first_refused) == (2, NOON_NS)
    assert letter.last_refused == NOON_NS + HOUR
    letters.replay([letter.id])
    assert [letter.attempts for letter in found(letters)] == [3]


def test_letters_are_found_by_how_long_ago_they_were_refused_the_last_time(
    letters: DeadLetters, index: str, clock: FakeClock
) -> None:
    bury(letters, action("old", index), action("again", index, BAD))
    clock.advance(hours=2)
    bury(letters, action("new", index))
    (again,) = [letter for letter in found(letters) if letter.record_id == "again"]
    letters.replay([again.id])

    old = found(letters, refused_before=NOON_NS + HOUR)

    assert [letter.record_id for letter in old] == ["old"]
    assert len(found(letters, refused_before=NOON_NS + 3 * HOUR)) == 3


def test_a_reason_holds_no_value_of_the_record(letters: DeadLetters, index: str) -> None:
    bury(letters, action("a", index, {**GOOD, "timestamp": "4111111111111111 a@b.example"}))

    (outcome,) = outcomes(letters.replay(ids(letters)))

    (letter,) = found(letters)
    assert outcome is not None
    assert outcome.reason == letter.reason
    assert "timestamp" in letter.reason
    assert "4111" not in letter.reason
    assert "a@b" not in letter.reason


def test_a_record_for_a_blocked_index_waits_and_is_not_counted_as_refused(
    letters: DeadLetters, client: Client, indices: Indices, index: str
) -> None:
    indices.create(index)
    client.indices.put_settings(index=index, settings={"index.blocks.write": True})
    bury(letters, action("a", index))

    (outcome,) = outcomes(letters.replay(ids(letters)))

    assert outcome is not None
    assert outcome.status is Status.FAILED
    assert [letter.attempts for letter in found(letters)] == [1]


def test_one_record_that_spoils_a_request_costs_its_neighbours_nothing(
    letters: DeadLetters, client: Client, indices: Indices, index: str
) -> None:
    spoiler = action("x" * 600, index)
    bury(letters, action("a", index), spoiler, action("z", index))

    replayed = letters.replay(ids(letters))

    statuses = {one.id: one.status for one in outcomes(replayed) if one}
    assert statuses == {"a": Status.CREATED, "x" * 600: Status.REJECTED, "z": Status.CREATED}
    assert [letter.attempts for letter in found(letters)] == [2]


def test_a_replay_that_ends_before_the_letter_is_removed_is_taken_up_by_the_next(
    letters: DeadLetters, client: Client, indices: Indices, index: str, es_prefix: str
) -> None:
    bury(letters, action("a", index))
    (name,) = ids(letters)
    block = {"index.blocks.write": True}
    client.indices.put_settings(index=f"{es_prefix}-dead-letters", settings=block)

    assert outcomes(letters.replay([name])) == [Outcome.created("a")]

    assert ids(letters) == [name]
    client.indices.put_settings(
        index=f"{es_prefix}-dead-letters", settings={"index.blocks.write": None}
    )
    assert outcomes(letters.replay([name])) == [Outcome.duplicate("a")]
    assert stored(client, indices) == [(index, "a", "m")]
    assert ids(letters) == []


def test_only_what_is_named_is_purged(
    letters: DeadLetters, client: Client, indices: Indices, index: str
) -> None:
    bury(letters, action("a", index), action("b", index), action("c", index))
    first, second, third = ids(letters)

    assert letters.purge([first, third, "0" * 32]) == 2
    assert letters.purge([first]) == 0
    assert letters.purge([]) == 0

    assert ids(letters) == [second]


def test_letters_that_cannot_be_deleted_now_are_said_to_be_there(
    letters: DeadLetters, client: Client, index: str, es_prefix: str
) -> None:
    bury(letters, action("a", index))
    client.indices.put_settings(
        index=f"{es_prefix}-dead-letters", settings={"index.blocks.write": True}
    )

    with pytest.raises(StoreUnavailableError, match="cannot be deleted now"):
        letters.purge(ids(letters))


def test_a_cluster_that_is_away_is_said_to_be(es_prefix: str, clock: FakeClock) -> None:
    with connect(ClusterAddress((f"http://127.0.0.1:{free_port()}",))) as client:
        indices = Indices(client, es_prefix, IndexTemplates(client, es_prefix))
        letters = DeadLetters(client, es_prefix, indices, clock)
        for ask in (
            lambda: letters.find(LetterQuery()),
            lambda: letters.get("a"),
            lambda: letters.replay(["a"]),
            lambda: letters.purge(["a"]),
        ):
            with pytest.raises(StoreUnavailableError):
                ask()


def test_the_index_of_the_letters_refuses_nothing(
    letters: DeadLetters, client: Client, index: str, es_prefix: str
) -> None:
    bury(letters, action("a", index))
    odd: list[Any] = ["", "x" * 40_000, "0000-01-01", 1.5, 2**63, -1, True, None, ["a", 1]]
    names = [
        "died_at",
        "last_refused_at",
        "attempts",
        "error_type",
        "service",
        "index",
        "record_id",
    ]

    for name in [*names, "unknown"]:
        for value in odd:
            client.index(index=f"{es_prefix}-dead-letters", document={name: value})


def test_large_records_are_buried_and_replayed(
    letters: DeadLetters, client: Client, indices: Indices, index: str
) -> None:
    large = {**GOOD, "metadata": {"text": '"' * 1_000_000}}
    bury(letters, *[action(f"{n}", index, large) for n in range(9)])

    replayed = letters.replay(ids(letters))

    assert outcomes(replayed) == [Outcome.created(f"{n}") for n in range(9)]
    assert found(letters) == []


@pytest.mark.parametrize(
    ("sizes", "parts"),
    [([], []), ([3], [[3]]), ([1, 2], [[1, 2]]), ([2, 2], [[2], [2]]), ([9, 1, 2], [[9], [1, 2]])],
)
def test_actions_are_sent_in_parts_of_a_size(sizes: list[int], parts: list[list[int]]) -> None:
    actions = [Action("a", "i", b"x" * size) for size in sizes]

    found = [[len(one.lines) for one in part] for part in in_parts(actions, 3)]

    assert found == parts
