"""What the cache of figures does, counted."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter

from app.domain.caching import CacheResult


class CacheMetrics:
    """``CacheObserver`` for Prometheus."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._answers = Counter(
            "logfeed_cache_answers",
            "Answers with figures: a hit, a miss, shared with a request under way, or without the "
            "cache (off).",
            ["result"],
            registry=registry,
        )
        self._failures = Counter(
            "logfeed_cache_failures",
            "Calls of the cache that failed, by why; while it is open it is left alone for a while.",
            ["kind"],
            registry=registry,
        )

    def asked(self, result: CacheResult) -> None:
        """One answer was given."""
        self._answers.labels(result).inc()

    def failed(self, kind: str) -> None:
        """The cache could not be used."""
        self._failures.labels(kind).inc()


def hit_ratio(answers: Mapping[str, float]) -> float:
    """Which part of the answers that could come from the cache did."""
    spared = answers.get("hit", 0.0) + answers.get("shared", 0.0)
    asked = spared + answers.get("miss", 0.0)
    return round(spared / asked, 4) if asked else 0.0
