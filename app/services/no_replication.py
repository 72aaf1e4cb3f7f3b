"""The replication of a service that is one region alone."""

from app.domain.regions import ReplicationReport


class NoReplication:
    """``ReplicationReports`` of nothing."""

    def report(self) -> ReplicationReport:
        """It is off."""
        return ReplicationReport()
