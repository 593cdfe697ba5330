"""Gloss: metadata for image libraries."""
