"""The part of the OpenAPI document that is about figures over many records."""

from typing import Any

from marshmallow import Schema, fields

from app.http.document_parts import json, problem_answers, query
from app.protocols.aggregations import (
    ANSWER_PARAMETERS,
    FACETS_PARAMETERS,
    HISTOGRAM_PARAMETERS,
    MESSAGES_PARAMETERS,
    PERCENTILES_PARAMETERS,
    SERVICES_PARAMETERS,
)
from app.protocols.comparisons import COMPARE_PARAMETERS
from app.protocols.rest import FILTER_PARAMETERS
from app.protocols.saved_searches import SAVED_PARAMETER


def _count(description: str) -> fields.Integer:
    return fields.Integer(metadata={"description": description})


class RangeSchema(Schema):
    """From when to when the answer reaches; null where it is open."""

    # `from` is a word of Python's own.
    locals()["from"] = fields.String(allow_none=True)
    to = fields.String(allow_none=True)


class ExplanationSchema(Schema):
    """What was asked of Elasticsearch for this request, and what it took."""

    query = fields.Raw(metadata={"description": "The bool query; of a comparison, both."})
    indices = fields.Dict(
        keys=fields.String(),
        metadata={"description": "Names of those asked; skipped; of how many."},
    )
    shards = fields.Dict(keys=fields.String(), values=fields.Integer())
    took_ms = fields.Integer()
    cache = fields.String(metadata={"enum": ["hit", "miss", "shared", "off"]})


class FiguresSchema(Schema):
    """What all answers with figures have."""

    range = fields.Nested(RangeSchema)
    explain = fields.Nested(ExplanationSchema)


class BucketSchema(Schema):
    """One bucket."""

    start = fields.String()
    count = fields.Integer()
    by_level = fields.Dict(keys=fields.String(), values=fields.Integer())
    by_service = fields.Dict(keys=fields.String(), values=fields.Integer())
    others = _count("Records of services that are not named.")


class HistogramSchema(FiguresSchema):
    """Counts over time, empty buckets among them."""

    interval = fields.String(metadata={"example": "5m"})
    buckets = fields.List(fields.Nested(BucketSchema))
    total = fields.Integer()


class FacetValueSchema(Schema):
    """One value."""

    value = fields.String()
    count = fields.Integer()


class FacetSchema(Schema):
    """The most frequent values of a field."""

    field = fields.String()
    values = fields.List(fields.Nested(FacetValueSchema))
    others = _count("Counts of all other values, added up.")
    error = _count("A count may be too low by so much; 0: all are exact.")


class FacetsSchema(FiguresSchema):
    """A facet a field."""

    facets = fields.List(fields.Nested(FacetSchema))


class ServiceSchema(Schema):
    """One service."""

    service = fields.String()
    records = fields.Integer()
    errors = _count("Records at ERROR or above.")
    error_rate = fields.Float()
    first_seen = fields.String()
    last_seen = fields.String()


class ServicesSchema(FiguresSchema):
    """The services with the most records."""

    services = fields.List(fields.Nested(ServiceSchema))
    others = _count("Records of services that are not listed.")


class PercentilesSchema(FiguresSchema):
    """The distribution of a number."""

    field = fields.String()
    count = fields.Integer()
    percentiles = fields.Dict(keys=fields.String(), values=fields.Float())
    min = fields.Float(allow_none=True)
    max = fields.Float(allow_none=True)
    mean = fields.Float(allow_none=True)
    sampled = fields.Boolean(metadata={"description": "Estimated from a part of the records."})


class MessageCountSchema(Schema):
    """One text."""

    message = fields.String()
    count = fields.Integer()
    share = fields.Float(metadata={"description": "Of the records that were read."})


class TopMessagesSchema(FiguresSchema):
    """The most frequent messages of the newest records."""

    messages = fields.List(fields.Nested(MessageCountSchema))
    read = fields.Integer()
    total = fields.Integer()
    sampled = fields.Boolean(metadata={"description": "Not all records were read."})


class ChangeSchema(Schema):
    """A count in both periods."""

    now = fields.Integer()
    before = fields.Integer()
    change_percent = fields.Float(allow_none=True)


class OneSidedSchema(Schema):
    """What one of the periods has and the other has not."""

    services = fields.List(fields.String())
    levels = fields.List(fields.String())


class ComparisonSchema(FiguresSchema):
    """A period against one before it."""

    before = fields.Nested(RangeSchema)
    total = fields.Nested(ChangeSchema)
    by_level = fields.Dict(keys=fields.String(), values=fields.Nested(ChangeSchema))
    by_service = fields.Dict(keys=fields.String(), values=fields.Nested(ChangeSchema))
    new = fields.Nested(OneSidedSchema)
    gone = fields.Nested(OneSidedSchema)
    complete = fields.Boolean(metadata={"description": "False: more services than are named."})


AGGREGATION_SCHEMAS: dict[str, type[Schema]] = {
    "Range": RangeSchema,
    "Explanation": ExplanationSchema,
    "Histogram": HistogramSchema,
    "Facets": FacetsSchema,
    "Services": ServicesSchema,
    "Percentiles": PercentilesSchema,
    "TopMessages": TopMessagesSchema,
    "Comparison": ComparisonSchema,
}
_PATHS: dict[str, tuple[str, str, dict[str, str]]] = {
    "stats": ("Stats", "Count records by level and service", {}),
    "histogram": ("Histogram", "Count records over time", HISTOGRAM_PARAMETERS),
    "facets": ("Facets", "The most frequent values of fields", FACETS_PARAMETERS),
    "services": ("Services", "Services with their rate of errors", SERVICES_PARAMETERS),
    "percentiles": ("Percentiles", "The distribution of a number", PERCENTILES_PARAMETERS),
    "top-messages": ("TopMessages", "The most frequent messages", MESSAGES_PARAMETERS),
    "compare": ("Comparison", "A period against one before it", COMPARE_PARAMETERS),
}


def aggregation_paths() -> dict[str, dict[str, Any]]:
    """The routes with figures, without the prefix of the API."""
    return {
        f"/logs/{path}": {
            "get": {
                "summary": summary,
                "parameters": [
                    query(name, text)
                    for name, text in {
                        **FILTER_PARAMETERS,
                        **SAVED_PARAMETER,
                        **own,
                        **ANSWER_PARAMETERS,
                    }.items()
                ],
                "responses": {
                    "200": {"description": "The figures.", "content": json(schema)},
                    **problem_answers(400, 503, 504),
                },
            }
        }
        for path, (schema, summary, own) in _PATHS.items()
    }
