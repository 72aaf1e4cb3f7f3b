"""The filter chain on the way in: each step keeps, changes, drops or rejects a record."""
