"""Programs around the portal: set-up, `make run`, checks."""
