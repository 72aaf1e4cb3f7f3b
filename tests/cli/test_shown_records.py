"""What is remembered of records that were shown."""

from app.cli.shown_records import ShownRecords


def test_a_record_is_new_once() -> None:
    shown = ShownRecords()

    assert [shown.add(1, "a"), shown.add(1, "a"), shown.add(1, "b")] == [True, False, True]


def test_an_id_that_comes_again_with_another_time_is_another_record() -> None:
    shown = ShownRecords()

    assert [shown.add(1, "order-17"), shown.add(2, "order-17")] == [True, True]


def test_only_older_ones_are_forgotten_in_whatever_order_they_came() -> None:
    shown = ShownRecords()
    for instant in (5, 9, 1, 7, 3):
        shown.add(instant, "a")

    shown.forget_before(5)

    assert len(shown) == 3
    assert [shown.add(instant, "a") for instant in (1, 3, 5, 7, 9)] == [True, True] + [False] * 3
