"""The scheduler: jobs that one process of all runs at set times."""
