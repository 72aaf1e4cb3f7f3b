"""What becomes of records as they age: policies, a planner that decides and an executor that acts."""
