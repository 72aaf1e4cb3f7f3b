"""A small client of Logfeed's own HTTP API, for the commands that use it."""

import json
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

import urllib3

from app.domain.errors import LogfeedError
from app.domain.instants import datetime_to_ns
from app.wiring.clock import system_clock

#: Seconds to wait for one answer.
_ANSWER_SECONDS = 60.0


class ApiError(LogfeedError):
    """The API refused, or what answered is not Logfeed; the text says what to do."""


class NotThereError(ApiError):
    """There is nothing of the name that was asked for."""


class ApiUnavailableError(ApiError):
    """Nothing answers, or the API cannot serve now: the same request may work later."""


class ApiClient:
    """Calls the API at ``url``; can be shared between threads.

    Attributes:
        asked_at: when the last request that was answered was sent, by the clock of the API: perhaps too
            early, by some seconds or to the answer before it, never too late. By this machine's clock
            if the answer bears no date.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.asked_at = 0
        self._answered_at = 0
        self._pool = urllib3.PoolManager(retries=False, maxsize=8)

    def get(self, path: str, parameters: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The JSON object that a GET answers.

        Raises:
            ApiUnavailableError: nothing answers, or 429 or 5xx.
            ApiError: it answers anything else than 200; ``NotThereError`` for 404.
        """
        status, body = self._send("GET", path, parameters, None, {})
        if status != 200:
            raise self._error(path, status, body)
        return body

    def post(
        self,
        path: str,
        body: bytes,
        content_type: str,
        parameters: Mapping[str, str] | None = None,
        content_encoding: str = "",
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON object that a POST answers, whatever the status below 500.

        Raises:
            ApiUnavailableError: nothing answers, or it answers 429 or 5xx.
            ApiError: what answers is not Logfeed.
        """
        headers = {"Content-Type": content_type}
        if content_encoding:
            headers["Content-Encoding"] = content_encoding
        return self._send("POST", path, parameters, body, headers)

    def put(self, path: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
        """The JSON object that a PUT of JSON answers.

        Raises:
            ApiUnavailableError: nothing answers, or it answers 429 or 5xx.
            ApiError: it answers anything else than 200 or 201.
        """
        headers = {"Content-Type": "application/json", **headers}
        status, found = self._send("PUT", path, None, body, headers)
        if status not in (200, 201):
            raise self._error(path, status, found)
        return found

    def delete(
        self,
        path: str,
        parameters: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON object that a DELETE answers: 200, or 404 where there was nothing.

        Raises:
            ApiUnavailableError: nothing answers, or it answers 429 or 5xx.
            ApiError: it answers anything else.
        """
        status, body = self._send("DELETE", path, parameters, None, headers or {})
        if status not in (200, 404):
            raise self._error(path, status, body)
        return status, body

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()

    def _send(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, str] | None,
        body: bytes | None,
        headers: Mapping[str, str],
    ) -> tuple[int, dict[str, Any]]:
        address = f"{self.url}{path}" + (f"?{urlencode(parameters)}" if parameters else "")
        sent = time.monotonic_ns()
        try:
            answer = self._pool.request(
                method, address, body=body, headers=headers, timeout=_ANSWER_SECONDS
            )
        except urllib3.exceptions.LocationValueError:
            raise ApiError(
                f"{self.url} is no address: it must look like http://host:8080"
            ) from None
        except urllib3.exceptions.HTTPError as error:
            raise ApiUnavailableError(self._no_answer(error)) from error
        date = _instant(answer.headers.get("Date", ""))
        self._note(system_clock() if date is None else date, time.monotonic_ns() - sent)
        found = json_object(answer.data)
        if answer.status == 429 or answer.status >= 500:
            raise ApiUnavailableError(f"{self.url}{path}: {explain(answer.status, found or {})}")
        if found is None:
            raise ApiError(
                f"what answers on {self.url} is not Logfeed: start it with `logfeed up`, or say "
                "where it is with --url or LOGFEED_URL"
            )
        return answer.status, found

    def _note(self, answered_at: int, took: int) -> None:
        self.asked_at = answered_at - took
        # After a Ctrl-Z with a request under way that would be long before; it was sent after the answer
        # before it. Not so where the clock of the API was set back.
        if self._answered_at <= answered_at:
            self.asked_at = max(self.asked_at, self._answered_at)
        self._answered_at = answered_at

    def _error(self, path: str, status: int, body: Mapping[str, Any]) -> ApiError:
        kind = NotThereError if status == 404 else ApiError
        return kind(f"{self.url}{path}: {explain(status, body)}")

    def _no_answer(self, error: urllib3.exceptions.HTTPError) -> str:
        if isinstance(error, urllib3.exceptions.ReadTimeoutError):
            return f"{self.url} did not answer within {_ANSWER_SECONDS:g} seconds"
        return (
            f"nothing answers on {self.url}: start Logfeed with `logfeed up`, or say where it is "
            "with --url or LOGFEED_URL"
        )


def explain(status: int, body: Mapping[str, Any]) -> str:
    """One line on an answer that is a problem (RFC 9457)."""
    text = body.get("detail") or body.get("title") or "no reason given"
    return f"{text} (status {status})"


def _instant(date: str) -> int | None:
    """What a header ``Date`` says, cut to the second; None if it says nothing."""
    try:
        return datetime_to_ns(parsedate_to_datetime(date))
    except (ValueError, TypeError):
        return None


def json_object(data: bytes) -> dict[str, Any] | None:
    """The object that ``data`` spells; None if it spells none."""
    try:
        found = json.loads(data)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
