"""The ids that log lines tell of the work they are about: said once, on every line from there on.

Whoever takes up one piece of work (a message, a record that is due) opens a scope; whoever learns an id says
it. So a fault, too, is logged with all that was known when it struck, wherever it is caught in the scope.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_SCOPE: ContextVar[dict[str, object] | None] = ContextVar("scope", default=None)


@contextmanager
def scope(**ids: object) -> Iterator[None]:
    """Lines that this thread logs inside tell these ids and those that are said later."""
    token = _SCOPE.set(dict(ids))
    try:
        yield
    finally:
        _SCOPE.reset(token)


def say(**ids: object) -> None:
    """Add to the open scope what became known; without one there is nobody to tell."""
    if (opened := _SCOPE.get()) is not None:
        opened.update(ids)


class ScopeFilter(logging.Filter):
    """Puts the ids of the open scope on each line; what a line says itself goes before."""

    def filter(self, record: logging.LogRecord) -> bool:
        for name, value in (_SCOPE.get() or {}).items():
            if not hasattr(record, name):
                setattr(record, name, value)
        return True
