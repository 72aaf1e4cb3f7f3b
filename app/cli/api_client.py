"""A small client of Logfeed's own HTTP API, for the commands that use it."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import urllib3

from app.domain.errors import LogfeedError

#: Seconds to wait for one answer.
_ANSWER_SECONDS = 60.0


class ApiError(LogfeedError):
    """The API refused, or what answered is not Logfeed; the text says what to do."""


class RefusedError(ApiError):
    """What was asked for is not allowed: the mistake is in the command line."""

    is_mistake = True


class ApiUnavailableError(ApiError):
    """Nothing answers, or the API cannot serve now: the same request may work later."""


class ApiClient:
    """Calls the API at ``url``; can be shared between threads."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._pool = urllib3.PoolManager(retries=False, maxsize=8)

    def get(self, path: str, parameters: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The JSON object that a GET answers.

        Raises:
            ApiUnavailableError: nothing answers, or 429 or 5xx.
            ApiError: it answers anything else than 200; ``RefusedError`` for 400.
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
            ApiError: it answers anything else than 200 or 201; ``RefusedError`` for 400.
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
            ApiError: it answers anything else; ``RefusedError`` for 400.
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
        found = json_object(answer.data)
        if answer.status == 429 or answer.status >= 500:
            raise ApiUnavailableError(f"{self.url}{path}: {explain(answer.status, found or {})}")
        if found is None:
            raise ApiError(
                f"what answers on {self.url} is not Logfeed: start it with `logfeed up`, or say "
                "where it is with --url or LOGFEED_URL"
            )
        return answer.status, found

    def _error(self, path: str, status: int, body: Mapping[str, Any]) -> ApiError:
        kind = RefusedError if status == 400 else ApiError
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


def json_object(data: bytes) -> dict[str, Any] | None:
    """The object that ``data`` spells; None if it spells none."""
    try:
        found = json.loads(data)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
