"""What a user would write instead: one Python process, marshmallow, ``parallel_bulk``.

``python -m benchmarks.ingest.by_hand`` follows the same protocol on stdin and stdout as ``load``. It
gives no ids, which is the cheapest for Elasticsearch.
"""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypedDict

from elasticsearch import Elasticsearch
from elasticsearch.helpers import parallel_bulk
from marshmallow import Schema, fields, validate


class HandOrder(TypedDict):
    """Where the records are, one a line, and where they go."""

    url: str
    index: str
    file: str
    connections: int
    batch: int


class _RecordSchema(Schema):
    timestamp = fields.DateTime(required=True)
    level = fields.String(
        required=True,
        validate=validate.OneOf(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]),
    )
    service = fields.String(required=True, validate=validate.Length(1, 256))
    message = fields.String(required=True, validate=validate.Length(1, 32_768))
    metadata = fields.Dict(keys=fields.String())
    correlation_id = fields.String(validate=validate.Length(1, 256))
    trace_id = fields.String(validate=validate.Length(1, 256))
    span_id = fields.String(validate=validate.Length(1, 256))
    source_ip = fields.IP()


def main() -> None:
    """Do what the order on stdin says."""
    order: HandOrder = json.loads(sys.stdin.readline())
    lines = Path(order["file"]).read_bytes().splitlines()
    client = Elasticsearch(order["url"], request_timeout=120)
    _say("ready")
    sys.stdin.readline()
    cpu_began, began = time.process_time(), time.perf_counter()
    stored = 0
    for ok, _ in parallel_bulk(
        client,
        _actions(lines, order["index"]),
        thread_count=order["connections"],
        chunk_size=order["batch"],
    ):
        stored += ok
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu_began
    if stored != len(lines):
        _say(json.dumps({"wrong": f"{stored} of {len(lines)} records were stored"}))
        return
    _say(json.dumps({"seconds": seconds, "cpu_seconds": cpu, "p50_ms": None, "p99_ms": None}))


def _actions(lines: list[bytes], index: str) -> Iterator[dict[str, Any]]:
    schema = _RecordSchema()
    for line in lines:
        record = json.loads(line)
        if errors := schema.validate(record):
            raise ValueError(f"not a record: {errors}")
        yield {"_op_type": "create", "_index": index, "_source": record}


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
