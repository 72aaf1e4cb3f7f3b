"""The signals that ask for an end."""

import signal

import pytest

from app.engine.signals import on_ending_signal


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_each_is_handed_to_the_handler(number: signal.Signals) -> None:
    called: list[bool] = []

    with on_ending_signal(lambda: called.append(True)):
        signal.raise_signal(number)

    assert called == [True]


def test_what_was_there_before_is_there_again() -> None:
    before = signal.getsignal(signal.SIGTERM)

    with on_ending_signal(lambda: None):
        pass

    assert signal.getsignal(signal.SIGTERM) is before


def test_one_that_is_ignored_stays_ignored() -> None:
    called: list[bool] = []
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with on_ending_signal(lambda: called.append(True)):
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)

    assert called == []
