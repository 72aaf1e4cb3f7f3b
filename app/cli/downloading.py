"""Reads an export from the API, and goes on where it stopped when the connection breaks."""

import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import urllib3

from app.cli.api_client import ApiError, ApiUnavailableError, explain, json_object

_CHUNK = 262_144
_LONGEST_PAUSE = 10.0
#: Seconds without a byte after which a connection is given up.
_SILENCE_SECONDS = 90.0
#: The last record of a part ends with the cursor: no record's own fields come behind ``span_id``.
_CURSOR = re.compile(rb',"cursor":"([\w-]+)"}$')


@dataclass(frozen=True)
class Part:
    """Some records that came whole.

    Attributes:
        lines: one record each, without line ends.
        total: how many there are in all, as the server has counted; with a ``+`` if there are more.
    """

    lines: list[bytes]
    total: str


class Download:
    """One export.

    Args:
        parameters: filters and order.
        tries: how often in a row it may break without a single part before it is given up.
    """

    def __init__(self, url: str, parameters: Mapping[str, str], *, tries: int) -> None:
        self._address = f"{url.rstrip('/')}/api/v1/logs/export"
        self._parameters = {**parameters, "format": "ndjson", "with_cursor": "true"}
        self._tries = tries
        self._http = urllib3.PoolManager(retries=False)
        self._cursor = ""
        self._total = ""
        self.breaks = 0

    def parts(self) -> Iterator[Part]:
        """All records, in parts of which each is given once and whole.

        Raises:
            ApiError: the API refuses, or it breaks too often.
        """
        failures, pause = 0, 0.1
        while True:
            try:
                for part in self._once():
                    failures, pause = 0, 0.1
                    yield part
            except ApiUnavailableError as error:
                self.breaks += 1
                failures += 1
                if failures >= self._tries:
                    raise ApiError(
                        f"the export broke off {failures} times in a row: {error}"
                    ) from error
                threading.Event().wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                return

    def _once(self) -> Iterator[Part]:
        parameters = self._parameters | ({"cursor": self._cursor} if self._cursor else {})
        headers = {"Accept-Encoding": "gzip"}
        try:
            answer = self._http.request(
                "GET",
                f"{self._address}?{urlencode(parameters)}",
                headers=headers,
                timeout=_SILENCE_SECONDS,
                preload_content=False,
            )
            try:
                if answer.status != 200:
                    self._refused(answer)
                self._total = answer.headers.get("Logfeed-Total", self._total)
                yield from self._read(answer)
            finally:
                # What is left of it is not wanted.
                answer.close()
        except urllib3.exceptions.LocationValueError:
            raise ApiError(
                f"{self._address} is no address: it must look like http://host:8080"
            ) from None
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise ApiUnavailableError(f"{self._address}: {error}") from error

    def _refused(self, answer: urllib3.BaseHTTPResponse) -> None:
        reason = explain(answer.status, json_object(answer.read()) or {})
        if answer.status == 429 or answer.status >= 500:
            raise ApiUnavailableError(reason)
        raise ApiError(f"{self._address}: {reason}")

    def _read(self, answer: urllib3.BaseHTTPResponse) -> Iterator[Part]:
        waiting: list[bytes] = []
        rest = b""
        for chunk in answer.stream(_CHUNK, decode_content=True):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                waiting.append(line)
                if (found := _CURSOR.search(line)) is None:
                    continue
                waiting[-1] = line[: found.start()] + b"}"
                self._cursor = found[1].decode()
                yield Part(waiting, self._total)
                waiting = []
        if waiting or rest:
            raise ApiUnavailableError("the answer ended in the middle of a part")
