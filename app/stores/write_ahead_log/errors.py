"""What a sender hears when a payload was not made durable.

StoreUnavailableError
└── LogUnavailableError   nothing durable can be written now (HTTP 503)
    └── LogFullError      the bound of the log is reached (HTTP 429)
"""

from app.domain.errors import StoreUnavailableError


class LogUnavailableError(StoreUnavailableError):
    """Nothing durable can be written now; the payload does not count as accepted."""


class LogFullError(LogUnavailableError):
    """The log holds as much as it may; there is room again once records have been finished."""
