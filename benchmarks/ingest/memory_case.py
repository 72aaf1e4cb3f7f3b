"""Case F: memory of the API processes while case A runs for long."""

import threading
from collections.abc import Mapping, Sequence

from benchmarks.ingest.batch_cases import CONNECTIONS
from benchmarks.ingest.bodies import BATCH, json_batches, write
from benchmarks.ingest.compare import described
from benchmarks.ingest.figures import Result, Spread, Target
from benchmarks.ingest.processes import BenchmarkError
from benchmarks.ingest.rounds import Bench, check_count, order_of
from benchmarks.ingest.service import INDICES, Api
from benchmarks.ingest.sides import JSON_BATCH, Service

#: So many different records, sent again and again.
_DIFFERENT = 50_000
_EVERY = 0.5
_MOST_MIB = 250
#: What a process may have grown from the second to the last quarter of the run and still be flat.
_FLAT_MIB = 10
_LONG = 2_000_000


def case_f(bench: Bench, pairs: int) -> Result:  # noqa: ARG001 -- there is no other side
    """One long run, after a short one in which buffers grow to their size."""
    result = Result("F", f"memory of the API processes over {len(bench.lines):,} records of case A")
    lines = bench.lines[:_DIFFERENT]
    sent = write(bench.folder / "json", json_batches(lines), len(lines))
    Service(bench, sent, JSON_BATCH, CONNECTIONS).round()
    order = order_of(
        sent, CONNECTIONS, bench.api.port, JSON_BATCH, requests=len(bench.lines) // BATCH
    )
    bench.node.delete(INDICES)
    primed = bench.api.prime(bench.lines[0])
    with _Memory(bench.api) as memory:
        run = bench.run("benchmarks.ingest.load", order, len(bench.lines))
    bench.report.say(f"service: {described(run)}")
    check_count("the service", lambda: bench.node.count(INDICES), run.records + primed)
    result.sides = {"service": [run]}
    peak = max(max(taken) for taken in memory.by_process.values())
    growth = max(_growth(taken) for taken in memory.by_process.values())
    result.targets = [
        Target(f"≤ {_MOST_MIB} MiB a process", f"{peak:.0f} MiB at most", peak <= _MOST_MIB),
        Target(
            f"flat: ≤ {_FLAT_MIB} MiB more in the last quarter than in the second",
            f"{growth:+.1f} MiB",
            growth <= _FLAT_MIB,
        ),
    ]
    result.notes = [
        f"process {at}: {_course(taken)}"
        for at, taken in enumerate(memory.by_process.values(), start=1)
    ]
    if len(bench.lines) < _LONG:
        result.notes.append(f"what counts is --case F --records {_LONG}")
    return result


class _Memory:
    """Looks at the memory of each API process, in MiB, until the block ends.

    Raises:
        BenchmarkError: a process was replaced meanwhile.
    """

    def __init__(self, api: Api) -> None:
        self._api = api
        self._ended = threading.Event()
        self._samples: list[Mapping[int, float]] = []
        self._thread = threading.Thread(target=self._watch, daemon=True)

    @property
    def by_process(self) -> dict[int, list[float]]:
        """What each process had, in the order of time."""
        first = self._samples[0]
        if any(set(sample) != set(first) for sample in self._samples):
            raise BenchmarkError("an API process ended, or was replaced, during the run")
        return {pid: [sample[pid] for sample in self._samples] for pid in first}

    def __enter__(self) -> "_Memory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            self._samples.append(self._api.memory_mib())
            if self._ended.wait(_EVERY):
                return


def _growth(taken: Sequence[float]) -> float:
    quarter = max(len(taken) // 4, 1)
    return Spread.of(taken[-quarter:]).median - Spread.of(taken[quarter : 2 * quarter]).median


def _course(taken: Sequence[float]) -> str:
    shown = [taken[len(taken) * at // 10] for at in range(10)] + [taken[-1]]
    return "MiB at each tenth of the run: " + " ".join(f"{value:.0f}" for value in shown)
