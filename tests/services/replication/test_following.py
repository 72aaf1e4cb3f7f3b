"""What a region does with a peer, by its role."""

import pytest

from app.domain.regions import Lag, PeerStatus, Regions, Replication, Role
from app.services.replication.board import Board, RegionReports
from app.services.replication.comparing import Comparing
from app.services.replication.following import Following, Told
from app.services.replication.promotion import Promotion, PromotionError
from app.services.replication.roles import Roles
from app.stores.memory_state import InMemoryStateStore
from tests.fakes import FakeClock
from tests.services.replication.fakes import EU, FakePeer


class Bench:
    """The region ``eu`` with the peer ``us``."""

    def __init__(self, regions: Regions = EU) -> None:
        self.clock = FakeClock()
        self.state = InMemoryStateStore()
        self.roles = Roles(self.state, regions)
        self.board = Board(self.state)
        self.peer = FakePeer(regions)
        self.measured: list[PeerStatus] = []
        told = Told(self.board, self.measured.append)
        self.following = Following(regions, self.roles, self.peer, told, self.clock, interval=600.0)
        self.promotion = Promotion(regions, self.roles, self.board, [self.peer])
        self.reports = RegionReports(regions, self.state, self.clock)


def test_a_follower_copies_from_its_master_and_notes_how_it_goes() -> None:
    bench = Bench()
    bench.peer.waiting = 2

    has_more = bench.following.step()

    assert has_more
    (status,) = bench.reports.report().peers
    assert status == PeerStatus("us", bench.clock(), is_pulled=True, lag=Lag(1, 1.0), copied=1)
    assert bench.measured == [status]


def test_a_master_copies_from_nobody() -> None:
    bench = Bench()
    bench.roles.adopt(Role(1, "eu"))
    bench.peer.waiting = 2

    bench.following.step()

    assert bench.peer.copied == 0
    assert not bench.measured[0].is_pulled


def test_where_all_take_writes_each_copies_from_each() -> None:
    bench = Bench(Regions(Replication.MULTI_MASTER, "eu", {"us": ("http://us",)}))
    bench.peer.waiting = 1

    bench.following.step()

    assert bench.peer.copied == 1
    assert bench.reports.report().role is None


def test_an_old_master_that_sees_a_higher_term_follows_and_compares_in_both_directions() -> None:
    bench = Bench()
    bench.roles.adopt(Role(1, "eu"))
    bench.following.step()
    bench.peer.roles.adopt(Role(2, "us"))

    bench.following.step()
    bench.following.comparing.step()

    assert bench.roles.read() == Role(2, "us")
    assert bench.peer.compared == [(True, True)]
    assert bench.following.comparing.repaired == 2


def test_a_peer_that_was_away_when_a_region_was_promoted_is_told() -> None:
    bench = Bench()
    bench.roles.adopt(Role(3, "eu"))

    bench.following.step()

    assert bench.peer.roles.read() == Role(3, "eu")


def test_a_peer_that_is_away_is_told_in_words_and_tried_again() -> None:
    bench = Bench()
    bench.peer.state.is_away = True
    bench.following.step()
    trouble = bench.following.trouble
    bench.peer.state.is_away = False

    bench.following.step()

    assert (trouble, bench.following.trouble) == ("no connection", "")


def test_silence_of_the_process_is_told() -> None:
    bench = Bench()
    bench.following.step()
    bench.clock.advance(ms=31_000)

    (status,) = bench.reports.report().peers

    assert "start it in this region" in status.trouble


def test_a_promotion_first_copies_what_the_master_has_more() -> None:
    bench = Bench()
    bench.peer.waiting = 3

    prospect = bench.promotion.look()
    role = bench.promotion.promote(prospect.role)

    assert prospect.is_safe
    assert bench.peer.copied == 3
    assert role == bench.roles.read() == bench.peer.roles.read() == Role(1, "eu")


def test_a_promotion_without_the_master_says_what_may_be_missing() -> None:
    bench = Bench()
    bench.board.note(PeerStatus("us", bench.clock(), lag=Lag(7, 2.0)))
    bench.peer.state.is_away = True

    prospect = bench.promotion.look()
    role = bench.promotion.promote(prospect.role)

    assert (prospect.is_safe, prospect.missing, prospect.trouble) == (False, 7, "no connection")
    assert role == Role(1, "eu")


def test_a_master_is_not_promoted_again() -> None:
    bench = Bench()
    bench.roles.adopt(Role(1, "eu"))

    with pytest.raises(PromotionError, match="eu is the master already, in term 1"):
        bench.promotion.look()


def test_of_two_promotions_in_one_term_one_is_told_that_it_came_too_late() -> None:
    bench = Bench()
    prospect = bench.promotion.look()
    bench.roles.adopt(Role(1, "us"))

    with pytest.raises(PromotionError, match="another region was promoted meanwhile"):
        bench.promotion.promote(prospect.role)


def test_a_comparison_that_fails_is_made_again() -> None:
    asked: list[bool] = []

    def compare(with_open: bool) -> int:
        asked.append(with_open)
        raise ZeroDivisionError

    comparing = Comparing(compare, FakeClock(), interval=600.0, starts_with_open=False)
    comparing.soon()

    comparing.step()

    assert asked == [True]
    assert comparing.repaired_at == 0
