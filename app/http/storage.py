"""The route of the storage figures."""

from collections.abc import Callable, Iterable

from flask import Blueprint, Response

from app.domain.storage import By, StorageFigures
from app.http.answers import json_answer
from app.http.parameters import query_parameters
from app.protocols.storage import dump_storage, parse_by

#: Makes the figures by what is asked for.
ReadStorage = Callable[[Iterable[By]], StorageFigures]


def storage_routes(read: ReadStorage) -> Blueprint:
    """``GET /api/v1/storage``."""
    routes = Blueprint("storage", __name__)

    @routes.get("/api/v1/storage")
    def storage() -> Response:
        wanted = parse_by(query_parameters())
        return json_answer({"storage": dump_storage(read(wanted))})

    return routes
