"""The local Elasticsearch: choose the engine, fetch its parts, start it, keep it running.

Knows nothing of Logfeed's records, indices or settings: ``app.cli.up`` hands it a ``NodeConfig``.
"""
