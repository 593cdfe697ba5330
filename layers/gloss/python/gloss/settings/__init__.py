"""What a user prefers, and the provider keys that a user brings."""
