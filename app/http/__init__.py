"""The HTTP door: thin views that turn requests into batches and queries, and outcomes into answers."""
