"""Copying records between clusters: by position as they come, and by comparison what was missed."""
