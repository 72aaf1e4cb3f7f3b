"""Asks a server on this machine whether it answers."""

import json

import urllib3

_TIMEOUT = 2.0


def status_code(url: str) -> int | None:
    """The HTTP status of a GET on ``url``; None where nothing answers within two seconds."""
    answer = _get(url)
    return None if answer is None else answer[0]


def cluster_status(url: str) -> str | None:
    """``green``, ``yellow`` or ``red``; None while Elasticsearch at ``url`` does not answer yet."""
    answer = _get(f"{url}/_cluster/health")
    if answer is None or answer[0] != 200:
        return None
    try:
        return str(json.loads(answer[1])["status"])
    except (ValueError, KeyError, TypeError):
        return None


def _get(url: str) -> tuple[int, bytes] | None:
    # A pool of its own each time: the answer is wanted of the process that listens now.
    with urllib3.PoolManager(timeout=_TIMEOUT, retries=False) as pool:
        try:
            answer = pool.request("GET", url)
        except urllib3.exceptions.HTTPError:
            return None
        return answer.status, answer.data
