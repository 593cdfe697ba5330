"""Bounded decompression: a few bytes of metadata must not become gigabytes."""

import zlib


def inflate(data: bytes, limit: int) -> bytes | None:
    """Inflate a zlib stream, None when it is broken, incomplete or longer than the limit."""
    decompressor = zlib.decompressobj()
    try:
        inflated = decompressor.decompress(data, limit)
    except zlib.error:
        return None
    return inflated if decompressor.eof else None
