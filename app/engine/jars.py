"""The jars of Elasticsearch and of Kafka, as they are locked in ``requirements/*.jars``."""

import dataclasses
import hashlib
import re
from pathlib import Path

from app.engine.errors import EngineError

ELASTICSEARCH_VERSION = "9.5.3"

#: The two jars that everything else follows from.
ROOTS = (
    f"org.elasticsearch:elasticsearch:{ELASTICSEARCH_VERSION}",
    f"org.elasticsearch.plugin:transport-netty4:{ELASTICSEARCH_VERSION}",
)

#: The broker that the tests of the queue start; the service itself runs none.
KAFKA_VERSION = "4.1.1"
KAFKA_ROOTS = (f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}",)

REQUIREMENTS = Path(__file__).parents[2] / "requirements"
JAR_LOCK = REQUIREMENTS / "elasticsearch.jars"
KAFKA_LOCK = REQUIREMENTS / "kafka.jars"

_LINE = re.compile(r"([\w.-]+:[\w.-]+:[\w.-]+(?::[\w.-]+)?) ([0-9a-f]{64}) ([0-9]+)")


@dataclasses.dataclass(frozen=True)
class Jar:
    """One locked jar.

    Attributes:
        coordinate: ``group:artifact:version``, with ``:classifier`` where there is one.
        sha256: of the file, in hexadecimal.
        size: of the file, in bytes.
    """

    coordinate: str
    sha256: str
    size: int

    @property
    def file_name(self) -> str:
        """``artifact-version[-classifier].jar``."""
        return "-".join(self.coordinate.split(":")[1:]) + ".jar"

    @property
    def is_transport(self) -> bool:
        """Whether it belongs to the transport module, which has a class loader of its own."""
        return self.coordinate.split(":")[1].startswith(("netty-", "transport-netty4"))

    def matches(self, path: Path) -> bool:
        """Whether the file at ``path`` is this jar, byte for byte."""
        if not path.is_file() or path.stat().st_size != self.size:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256


def parse_lock(text: str, name: str = JAR_LOCK.name) -> tuple[Jar, ...]:
    """The jars of the lock ``name``: one ``coordinate sha256 bytes`` a line; ``#`` starts a comment.

    Raises:
        EngineError: a line that is none of these, or no jar at all.
    """
    jars = []
    for number, line in enumerate(text.splitlines(), start=1):
        content = line.partition("#")[0].strip()
        if not content:
            continue
        match = _LINE.fullmatch(content)
        if match is None:
            raise EngineError(
                f"Line {number} of {name} cannot be read: "
                "it must be `group:artifact:version[:classifier] sha256 bytes`."
            )
        jars.append(Jar(match[1], match[2], int(match[3])))
    if not jars:
        raise EngineError(f"{name} names no jar; `make lock-jars` writes it.")
    return tuple(jars)


def read_lock(path: Path = JAR_LOCK) -> tuple[Jar, ...]:
    """The jars locked in ``path``.

    Raises:
        EngineError: the file is missing or cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise EngineError(
            f"{path} cannot be read ({error.strerror}); start Logfeed from a full checkout."
        ) from None
    return parse_lock(text, path.name)
