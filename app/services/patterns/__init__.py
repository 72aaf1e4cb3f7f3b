"""Patterns of messages: masking of values, mining, and the question as a whole."""
