"""Records in Elasticsearch."""
