"""Gloss: metadata for image libraries."""

import gc

# A start makes up to 120,000 objects that stay. Python looks through the young ones at every 700 more, and
# finds nothing: a tenth of a cold start. Garbage in cycles waits a little longer for it.
gc.set_threshold(200_000, 10, 10)
