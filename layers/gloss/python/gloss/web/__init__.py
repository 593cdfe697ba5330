"""API plumbing: resolver, principal, error table, idempotency, pagination."""
