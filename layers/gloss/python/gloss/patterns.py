"""Regular expressions that are compiled when they are first used, not at every cold start."""

import re
from typing import TYPE_CHECKING, Any, Final

__all__ = ["pattern"]

if TYPE_CHECKING:
    from re import compile as pattern
else:

    def pattern(text: str | bytes, flags: int = 0) -> "_Pattern":
        """``re.compile``, later; a mistake in the expression shows itself at its first use."""
        return _Pattern(text, flags)


class _Pattern:
    """Stands for the expression until it is asked for anything, and then hands on what it says."""

    def __init__(self, text: Any, flags: int) -> None:  # noqa: ANN401 - str or bytes, for ``re`` to tell
        self._source: Final = (text, flags)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever an expression has
        value = getattr(re.compile(*self._source), name)
        setattr(self, name, value)  # the next time it is found without coming here
        return value
