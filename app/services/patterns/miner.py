"""Groups messages by pattern, with Drain (He et al., ICWS 2017) as the library drain3 has it.

Of drain3 only the algorithm is used: no files, no configuration but the numbers below, no masking of
its own. How the numbers were chosen is in ARCHITECTURE.md; ``benchmarks/patterns.py`` measures them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from drain3.drain import Drain

from app.domain.levels import LogLevel
from app.domain.messages import Message
from app.domain.patterns import WILDCARD
from app.services.patterns.masking import MASK, Masker

#: Levels of the tree: the root, one for the number of words, one for each of the first two, the leaf.
DEPTH = 5
#: Patterns that differ in one of the first two words only, in which Drain sees no values, are one from
#: this number on: nobody writes so many messages that are otherwise alike, but there may be many users.
MANY = 10
#: Share of words that a message must have in common with a group to join it.
SIMILARITY = 0.5
#: Groups that a message is compared with; the one that was met longest ago gives way.
MAX_GROUPS = 2_000
_KNOWN_LINES = 20_000


@dataclass
class Group:
    """Records of one pattern.

    Attributes:
        levels: how many records of each level there are; one counter a part of the question.
    """

    first: Message
    last: int
    levels: dict[int, Counter[LogLevel]] = field(default_factory=dict)

    def add(self, message: Message, part: int) -> None:
        """One more record."""
        self.first = min(self.first, message, key=_age)
        self.last = max(self.last, message.instant)
        self.levels.setdefault(part, Counter())[message.level] += 1

    def merge(self, other: "Group") -> None:
        """The records of a group that came to have the same pattern."""
        self.first = min(self.first, other.first, key=_age)
        self.last = max(self.last, other.last)
        for part, levels in other.levels.items():
            self.levels.setdefault(part, Counter()).update(levels)


class PatternMiner:
    """Groups messages as they come. The same messages in the same order give the same groups.

    Its memory is bounded by the number of messages: of each group one is kept.
    """

    def __init__(self, depth: int = DEPTH, similarity: float = SIMILARITY) -> None:
        self._masker = Masker()
        self._drain = Drain(
            depth=depth,
            sim_th=similarity,
            max_clusters=MAX_GROUPS,
            profiler=None,
            param_str=WILDCARD,
        )
        self._known: dict[str, int] = {}
        self._groups: dict[int, Group] = {}
        self._patterns: dict[int, str] = {}

    def add(self, messages: Iterable[Message], part: int = 0) -> None:
        """Put each message into its group."""
        for message in messages:
            number = self.group_of(message.text)
            group = self._groups.get(number)
            if group is None:
                group = self._groups[number] = Group(message, message.instant)
            group.add(message, part)

    def group_of(self, text: str) -> int:
        """The number of the group that a message of this text belongs to; it may be a new one."""
        line = " ".join(self._masker.words(text))
        # Most lines are, masked, like one before: those need no search of the tree.
        number = self._known.get(line)
        if number is not None:
            return number
        cluster, change = self._drain.add_log_message(line)
        found: int = cluster.cluster_id
        if change != "none":
            # Noted now, as the cluster may have given way when it is asked for.
            self._patterns[found] = cluster.get_template().replace(MASK, WILDCARD)
        if len(self._known) >= _KNOWN_LINES:
            self._known.clear()
        self._known[line] = found
        return found

    def patterns(self) -> dict[int, str]:
        """The pattern of each group, as it is now."""
        wider = _wider(dict.fromkeys(self._patterns.values()))
        return {number: wider.get(text, text) for number, text in self._patterns.items()}

    def groups(self) -> Mapping[str, Group]:
        """Every group by its pattern; those that came to have the same pattern are one."""
        found: dict[str, Group] = {}
        patterns = self.patterns()
        for number, group in self._groups.items():
            pattern = patterns[number]
            if pattern in found:
                found[pattern].merge(group)
            else:
                found[pattern] = Group(group.first, group.last)
                found[pattern].merge(group)
        return found


def _age(message: Message) -> tuple[int, str]:
    """Of one instant the first by its id, so that the order of reading makes no difference."""
    return message.instant, message.id


def _wider(patterns: Iterable[str]) -> dict[str, str]:
    """What replaces each pattern that is one of many which differ in one of their first words."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for pattern in patterns:
        words = pattern.split(" ")
        for at, word in enumerate(words[:2]):
            rest = (*words[:at], WILDCARD, *words[at + 1 :])
            # What is left must say something: `cron started` and `sshd started` are not one.
            if word != WILDCARD and sum(one != WILDCARD for one in rest) > 1:
                alike.setdefault(rest, []).append(pattern)
    wider: dict[str, str] = {}
    for rest, found in alike.items():
        if len(found) >= MANY:
            wider |= {pattern: " ".join(rest) for pattern in found if pattern not in wider}
    return wider
