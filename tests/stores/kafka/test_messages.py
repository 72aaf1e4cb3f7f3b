"""Bulk actions as messages: by service, whole, and nothing else is taken for one."""

import pytest

from app.stores.elasticsearch.actions import Action, create_action
from app.stores.kafka.messages import from_message, to_messages

INDEX = "logfeed-default-2024.01.02-000002"
OLDER = "logfeed-default-2024.01.02-000001"


def action(id: str, service: str = "shop") -> Action:
    return create_action(id, INDEX, b'{"message":"m"}', service)


def is_ours(name: str) -> bool:
    return name.startswith("logfeed-")


def test_a_message_bears_the_records_of_one_service_in_their_order() -> None:
    actions = [action("1"), action("2", "bank"), action("3")]

    messages = to_messages(actions)

    assert [(message.key, message.positions) for message in messages] == [
        (b"shop", [0, 2]),
        (b"bank", [1]),
    ]


def test_what_was_made_into_a_message_comes_out_of_it() -> None:
    actions = [action("1"), action("é\n", "shop")]

    (message,) = to_messages(actions)

    assert message.headers == []
    assert from_message(message.key, message.value, {}, is_ours) == actions


def test_a_message_tells_where_else_an_id_may_be() -> None:
    source = b'{"message":"m"}'
    actions = [
        create_action("1", INDEX, source, "shop", (OLDER,)),
        create_action("2", INDEX, source, "shop"),
        create_action("3", INDEX, source, "shop", (OLDER,)),
    ]

    (message,) = to_messages(actions)

    assert from_message(message.key, message.value, dict(message.headers), is_ours) == actions


def test_a_message_tells_of_which_id_it_is_not_known_where_it_may_be() -> None:
    source = b'{"message":"m"}'
    actions = [create_action("1", INDEX, source, "shop", None), action("2")]

    (message,) = to_messages(actions)

    assert from_message(message.key, message.value, dict(message.headers), is_ours) == actions


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"places":[["logfeed-a"]],"of":[1]}',
        b'{"places":[["logfeed-a"]],"of":[0,0]}',
        b'{"places":[["payroll"]],"of":[0]}',
    ],
    ids=repr,
)
def test_a_header_that_we_did_not_make_is_refused(header: bytes) -> None:
    (message,) = to_messages([action("1")])

    with pytest.raises(ValueError, match="its header elsewhere"):
        from_message(message.key, message.value, {"elsewhere": header}, is_ours)


def test_a_large_batch_is_parted_and_a_record_never() -> None:
    actions = [action(f"{n}") for n in range(5)]
    size = len(actions[0].lines)

    assert [m.positions for m in to_messages(actions, 2 * size)] == [[0, 1], [2, 3], [4]]
    assert [m.positions for m in to_messages(actions, 1)] == [[0], [1], [2], [3], [4]]


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"\xff\xfe",
        b"no bulk lines\n",
        b'{"create":{"_index":"logfeed-a"}}\n{}\n',
        b'{"create":{"_index":"logfeed-a","_id":7}}\n{}\n',
        b'{"index":{"_index":"logfeed-a","_id":"1"}}\n{}\n',
        b'{"create":{"_index":"logfeed-a","_id":"1"}}\n',
        b"[]\n{}\n",
    ],
    ids=repr,
)
def test_a_message_that_we_did_not_make_is_refused(value: bytes | None) -> None:
    with pytest.raises(ValueError, match=r"empty|lines are not those"):
        from_message(b"shop", value, {}, is_ours)


def test_a_message_for_an_index_that_is_not_ours_is_refused() -> None:
    (message,) = to_messages([create_action("1", "payroll", b"{}", "shop")])

    with pytest.raises(ValueError, match="not one for records"):
        from_message(message.key, message.value, {}, is_ours)
