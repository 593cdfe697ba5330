"""AI calls: how many there may be, what they cost, and when to leave a provider alone."""
