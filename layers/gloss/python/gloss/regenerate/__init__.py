"""Regeneration of one image, its history, and undo."""
