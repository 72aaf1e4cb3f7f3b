"""What a client says of its connections, told once and not twenty times a second."""

import structlog
from confluent_kafka import KafkaError

_log = structlog.get_logger(__name__)
#: Said of each single connection; that none is left is said beside.
_OF_ONE_BROKER = frozenset({KafkaError._TRANSPORT, KafkaError._TIMED_OUT})  # noqa: SLF001


class Connection:
    """Whether Kafka is there, as far as its client has noticed.

    Attributes:
        is_broken: the client has met an error after which it does nothing more.
    """

    def __init__(self) -> None:
        self._said: set[int] = set()
        self.is_broken = False

    def failed(self, error: KafkaError) -> None:
        """The client tells of an error; most of them it gets over by itself."""
        self.is_broken = self.is_broken or error.fatal()
        code = error.code()
        if error.fatal() or code not in self._said | _OF_ONE_BROKER:
            self._said.add(code)
            _log.warning("kafka_trouble", reason=error.str(), is_fatal=error.fatal())

    def worked(self) -> None:
        """Kafka has done something that it was asked for."""
        if self._said:
            self._said.clear()
            _log.info("kafka_back")
