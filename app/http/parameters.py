"""Query parameters of the current request."""

from flask import request

from app.domain.errors import InvalidQueryError


def query_parameters() -> dict[str, str]:
    """Each parameter with its one value; two values of one could only half be obeyed.

    Raises:
        InvalidQueryError: one has more than one value.
    """
    for name, values in request.args.lists():
        if len(set(values)) > 1:
            raise InvalidQueryError(name, "has more than one value; send one of them")
    return request.args.to_dict()
