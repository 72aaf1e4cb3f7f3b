"""Whatever is paused, delayed, away or going at its own pace: never two that may act at a time."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from app.domain.jobs import NotLeaderError
from app.services.lease import Lease
from tests.fakes import FakeClock, FlakyStateStore

TTL = 15.0
#: Seconds of each instance's clock in one second: any two differ by less than half.
PACES = (0.85, 1.0, 1.2)


class Leaders(RuleBasedStateMachine):
    """Three instances over one state; time passes only where a rule says so."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.state = FlakyStateStore()
        self.leases = [self._begin(number) for number in range(len(PACES))]
        self.begun = len(PACES)
        self.terms: list[int] = []

    def _begin(self, number: int, generation: int = 0) -> Lease:
        pace, zero = PACES[number], 1e6 * number
        name = f"{number}-{generation}"
        return Lease(self.state, name, TTL, lambda: zero + self.now * pace, FakeClock())

    instances = st.integers(0, len(PACES) - 1)
    delays = st.floats(0, 40)

    @initialize()
    def first(self) -> None:
        self.leases[0].tick()

    @rule(seconds=delays)
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(rounds=st.integers(1, 12))
    def all_are_well_for_a_while(self, rounds: int) -> None:
        for _ in range(rounds):
            for lease in self.leases:
                lease.tick()
                self.only_one_may_act()
            self.now += 2.0

    @rule(number=instances)
    def one_ticks(self, number: int) -> None:
        self.leases[number].tick()

    @rule(number=instances, seconds=delays)
    def one_ticks_and_its_write_takes_long(self, number: int, seconds: float) -> None:
        def wait() -> None:
            self.now += seconds
            self.only_one_may_act()

        self.state.before_write = wait
        self.leases[number].tick()
        self.state.before_write = None

    @rule(slow=instances, quick=instances, seconds=delays)
    def one_ticks_while_another_is_on_its_way(self, slow: int, quick: int, seconds: float) -> None:
        def overtake() -> None:
            self.now += seconds
            if quick != slow:
                self.leases[quick].tick()
            self.only_one_may_act()

        self.state.before_write = overtake
        self.leases[slow].tick()
        self.state.before_write = None

    @rule(number=instances, seconds=delays)
    def one_wants_to_act(self, number: int, seconds: float) -> None:
        lease = self.leases[number]
        term = lease.term
        if term is None:
            return
        self.now += seconds
        try:
            lease.check(term)
        except NotLeaderError:
            return
        assert [other for other in self.leases if other.term is not None] == [lease]

    @rule(number=instances)
    def one_releases(self, number: int) -> None:
        self.leases[number].release()

    @rule(number=instances)
    def one_is_killed_and_started_again(self, number: int) -> None:
        self.begun += 1
        self.leases[number] = self._begin(number, self.begun)

    @rule()
    def the_state_goes_away(self) -> None:
        self.state.is_away = True

    @rule()
    def the_state_comes_back(self) -> None:
        self.state.is_away = False

    @invariant()
    def only_one_may_act(self) -> None:
        leading = [lease for lease in self.leases if lease.term is not None]
        assert len(leading) <= 1, [lease.holder for lease in leading]

    @invariant()
    def terms_only_rise(self) -> None:
        for lease in self.leases:
            if lease.term is not None and lease.term not in self.terms[-1:]:
                self.terms.append(lease.term)
        assert self.terms == sorted(set(self.terms))

    def teardown(self) -> None:
        """Left alone with the state there, somebody leads within 30 seconds."""
        self.state.is_away = False
        self.state.before_write = None
        until = self.now + 30
        while not any(lease.term is not None for lease in self.leases):
            assert self.now < until
            for lease in self.leases:
                lease.tick()
            self.now += 1.0


TestLeaders = Leaders.TestCase
TestLeaders.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
