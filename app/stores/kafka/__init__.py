"""Kafka in the place of the write-ahead log: the API writes to it, ``logfeed consume`` ships from it."""
