"""Cursors: opaque to clients, and without authority, for the user always comes from the token."""

import base64
import binascii

from gloss.errors import InvalidCursor


def encode(place: str | None) -> str | None:
    """The cursor for a place to go on from; ``None`` at the end."""
    return None if place is None else base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def decode(cursor: str | None) -> str | None:
    """The place that a cursor stands for.

    Raises:
        InvalidCursor: it is none of ours.
    """
    if cursor is None:
        return None
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise InvalidCursor("The cursor is not valid.") from error
