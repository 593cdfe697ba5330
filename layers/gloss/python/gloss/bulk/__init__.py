"""Regeneration of whole libraries: jobs that are estimated, fed in pages, paused, cancelled and undone."""
