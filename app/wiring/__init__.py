"""Puts the parts together as the settings say: only here are adapters built."""
