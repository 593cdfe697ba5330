"""Telling a user's own server that something has ended."""
