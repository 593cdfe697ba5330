"""The shards of the indexes of due records. Pure, and light: records know their shard in every function."""

from typing import Final

SHARDS: Final = tuple(str(number) for number in range(8))
"""Spread the index over several partitions."""


def due_shard(record: str) -> str:
    """The shard of a record's id."""
    return SHARDS[int(record[-2:], 16) % len(SHARDS)]
