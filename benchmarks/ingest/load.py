"""A process that sends requests over keep-alive connections, as many at a time as connections.

``python -m benchmarks.ingest.load``: a JSON line on stdin says what to send; it answers ``ready``,
waits for another line, sends, and prints the result as JSON. One thread over epoll: the cost of the
load is the same for both sides, and small. Each answer is checked; the first wrong one ends it.
"""

import gc
import json
import re
import select
import socket
import sys
import time
from pathlib import Path
from typing import Any, TypedDict

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_READ = 1 << 20


class Order(TypedDict):
    """What to send.

    Attributes:
        requests: how many; the bodies are sent again from the first when they run out.
        status: the status that each answer must have.
        contains: text that each answer must contain, and how often.
    """

    host: str
    port: int
    path: str
    headers: dict[str, str]
    file: str
    lengths: list[int]
    connections: int
    requests: int
    status: int
    contains: str
    times: int


class WrongAnswerError(Exception):
    """The other side answered something else than it must."""


class _Connection:
    """One request at a time, without ever blocking."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.unsent: memoryview | None = None
        self.sent_at = 0.0
        self._answer = b""
        self._end = 0

    def start(self, request: bytes) -> bool:
        """Send ``request``; False if a part of it must wait until the socket takes more."""
        self.sent_at = time.perf_counter()
        self.unsent = memoryview(request)
        return self.go_on()

    def go_on(self) -> bool:
        """Send what is left; False if some still is."""
        while self.unsent:
            try:
                self.unsent = self.unsent[self.socket.send(self.unsent) :]
            except BlockingIOError:
                return False
        self.unsent = None
        return True

    def read(self) -> bytes | None:
        """The whole answer, None while more of it must come."""
        data = self.socket.recv(_READ)
        if not data:
            raise WrongAnswerError(f"the connection was closed after {self._answer[:500]!r}")
        self._answer = self._answer + data if self._answer else data
        if not self._is_whole():
            return None
        answer, self._answer, self._end = self._answer, b"", 0
        return answer

    def _is_whole(self) -> bool:
        answer = self._answer
        if not self._end:
            head = answer.find(b"\r\n\r\n")
            if head < 0:
                return False
            length = _LENGTH.search(answer, 0, head)
            # Without a length it comes in chunks; the last one is empty.
            self._end = head + 4 + int(length[1]) if length else -1
        if self._end < 0:
            return answer.endswith(b"\r\n0\r\n\r\n")
        return len(answer) >= self._end


def main() -> None:
    """Do what the order on stdin says."""
    order: Order = json.loads(sys.stdin.readline())
    requests = _requests(order)
    connections = [
        _Connection((order["host"], order["port"]))
        for _ in range(min(order["connections"], order["requests"]))
    ]
    gc.collect()
    gc.disable()
    _say("ready")
    sys.stdin.readline()
    try:
        result = _run(order, requests, connections)
    except (WrongAnswerError, OSError) as error:
        result = {"wrong": str(error)}
    _say(json.dumps(result))


def _requests(order: Order) -> list[bytes]:
    head = f"POST {order['path']} HTTP/1.1\r\nHost: {order['host']}:{order['port']}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in order["headers"].items())
    with Path(order["file"]).open("rb") as file:
        return [
            f"{head}Content-Length: {length}\r\n\r\n".encode() + file.read(length)
            for length in order["lengths"]
        ]


def _run(order: Order, requests: list[bytes], connections: list[_Connection]) -> dict[str, Any]:
    total, bodies = order["requests"], len(requests)
    line = b"HTTP/1.1 %d " % order["status"]
    contains, times = order["contains"].encode(), order["times"]
    latencies: list[float] = []
    poller = select.epoll()
    by_number = {connection.socket.fileno(): connection for connection in connections}
    cpu_began, began = time.process_time(), time.perf_counter()
    for at, (number, connection) in enumerate(by_number.items()):
        poller.register(number, select.EPOLLIN)
        if not connection.start(requests[at % bodies]):
            poller.modify(number, select.EPOLLIN | select.EPOLLOUT)
    started = len(connections)
    while len(latencies) < total:
        for number, event in poller.poll():
            connection = by_number[number]
            if event & select.EPOLLOUT and connection.go_on():
                poller.modify(number, select.EPOLLIN)
            if not event & ~select.EPOLLOUT:
                continue
            answer = connection.read()
            if answer is None:
                continue
            latencies.append(time.perf_counter() - connection.sent_at)
            if not answer.startswith(line) or answer.count(contains) != times:
                raise WrongAnswerError(f"to request {len(latencies)}: {answer[:800]!r}")
            if started < total:
                if not connection.start(requests[started % bodies]):
                    poller.modify(number, select.EPOLLIN | select.EPOLLOUT)
                started += 1
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu_began
    latencies.sort()
    return {
        "seconds": seconds,
        "cpu_seconds": cpu,
        "p50_ms": latencies[total // 2] * 1_000,
        "p99_ms": latencies[min(total * 99 // 100, total - 1)] * 1_000,
    }


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
