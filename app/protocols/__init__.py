"""What bytes mean. Pure functions: no Flask, no socket, no store."""
