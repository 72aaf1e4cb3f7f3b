"""Errors that cross a port. Each door turns them into its own form; none carries a stack trace."""


class LogfeedError(Exception):
    """Base of every error that a caller may meet."""


class InvalidRecordError(LogfeedError):
    """A record breaks a rule of the domain.

    Attributes:
        field: the field at fault, dotted for nested ones.
        reason: what is wrong and what is allowed.
        rule: the limit that it breaks, if it breaks one.
    """

    def __init__(self, field: str, reason: str, rule: str | None = None) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
        self.rule = rule


class InvalidQueryError(LogfeedError):
    """A query asks for what is not allowed.

    Attributes:
        field: the parameter at fault.
        reason: what is wrong and what is allowed.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class VersionConflictError(LogfeedError):
    """What is to be changed is not as the caller says that it saw it."""


class StoreUnavailableError(LogfeedError):
    """The store cannot answer now; the same request may succeed later."""


class OutOfTimeError(StoreUnavailableError):
    """The store has not answered within the time that it had."""


class AnswerTooLargeError(StoreUnavailableError):
    """The store has no memory for such an answer now; a smaller one may be had."""


class CancelledError(StoreUnavailableError):
    """Whoever asked has gone before the answer was there."""


class OverloadedError(LogfeedError):
    """More waits to be stored than may wait; the same request will succeed later."""


class StoreError(LogfeedError):
    """The store answered something that it should not have."""
