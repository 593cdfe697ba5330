"""Quota: accounts, plans, reservations and the journal that proves every balance."""
