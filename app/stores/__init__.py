"""Where records live: everything behind ``DatabaseInterface``."""
