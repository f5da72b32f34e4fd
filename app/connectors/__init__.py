"""What talks to providers. Nothing here or below knows the database or Flask; use cases call it."""
