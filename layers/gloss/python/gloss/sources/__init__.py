"""Where pixels come from, and the guard on every address that a user names."""
