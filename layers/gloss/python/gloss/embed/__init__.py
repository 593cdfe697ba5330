"""From text to vector."""
