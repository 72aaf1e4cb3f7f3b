"""Regions: who takes the writes, and what a region fetches from its peers."""
