"""Work that runs outside of requests: one module a subject, the worker, the scheduler and its list."""
