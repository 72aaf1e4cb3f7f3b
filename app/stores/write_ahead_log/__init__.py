"""A write-ahead log in a folder: what was appended survives the process and the power; see ``log``."""
