"""How fast records go in through Logfeed, against what a user would run instead.

``python -m benchmarks.ingest`` runs all cases (see ``cases.py``), each on a real Elasticsearch node
of its own. Every figure is a ratio of two sides that are measured in turn on the same node.
"""
