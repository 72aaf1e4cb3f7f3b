"""The acting side of the lifecycle of indices, by Elasticsearch's own means.

Index blocks, aliases, allocation by attribute, clone, shrink, force merge and snapshots: what a full
distribution and the local one both have.
"""
