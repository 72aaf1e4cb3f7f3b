"""The route that tells how replication goes, and the header that says which region answered."""

from flask import Blueprint, Flask, Response

from app.domain.ports import ReplicationReports
from app.domain.served_by import served_by
from app.http.answers import json_answer
from app.protocols.replication import dump_report

#: The region that answered a search; set where there are several.
HEADER = "Served-By"


def replication_routes(reports: ReplicationReports) -> Blueprint:
    """``/api/v1/replication``."""
    routes = Blueprint("replication", __name__)

    @routes.get("/api/v1/replication")
    def replication() -> Response:
        return json_answer({"replication": dump_report(reports.report())})

    return routes


def name_regions(app: Flask) -> None:
    """Say in every answer which region served it, where there are several."""

    @app.before_request
    def start() -> None:
        # The thread has served others before.
        served_by.set("")

    @app.after_request
    def stop(response: Response) -> Response:
        if region := served_by.get():
            response.headers[HEADER] = region
        return response
