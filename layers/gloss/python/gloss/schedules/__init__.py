"""Bulk jobs that start by themselves, daily or weekly."""
