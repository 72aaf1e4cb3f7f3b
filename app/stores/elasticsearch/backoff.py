"""How long to wait before something is tried again."""

from random import SystemRandom

_FIRST, _LONGEST = 0.1, 10.0
_jitter = SystemRandom()


def pause(attempts: int) -> float:
    """Seconds: doubles with every attempt up to a bound; random, so that not all come at once."""
    longest = min(_FIRST * 2 ** min(attempts, 10), _LONGEST)
    return _jitter.uniform(longest / 2, longest)
