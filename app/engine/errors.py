"""Why the engine cannot run, said in one sentence that also says what to do."""

from app.domain.errors import LogfeedError


class EngineError(LogfeedError):
    """The local Elasticsearch or a child process cannot run."""


class PreflightError(EngineError):
    """This machine cannot take the node now: a port, the data folder, memory or disk."""


class FetchError(EngineError):
    """A part could not be fetched, or what came is not what was locked."""
