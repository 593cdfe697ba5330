"""Dataclasses whose methods are compiled when they are first used, not when they are defined.

The standard decorator writes the source of up to eight methods for each class and compiles it at import. A
function loads some hundred classes and makes instances of a dozen, so most of that is work for nothing at
every cold start. A class of ours has its slots at once and stubs for methods; the first call of one lets the
standard decorator make them all. What comes out is the same.
"""

from collections.abc import Callable, Iterator, Mapping
from inspect import get_annotations
from threading import RLock
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, TypeVar, get_origin

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, frozen: Literal[True], slots: Literal[True], kw_only: bool = False) -> "Decorator":
        """``dataclasses.dataclass``, later; of what it knows, these arguments."""
        return lambda cls: _Methods(cls, {"frozen": frozen, "slots": slots, "kw_only": kw_only}).record


Class = TypeVar("Class", bound=type)
Decorator = Callable[[Class], Class]

_COMPARED: Final = ("__repr__", "__eq__", "__hash__")
_GUARDED: Final = ("__setattr__", "__delattr__", "__getstate__", "__setstate__")
_CALLED: Final = ("__init__", *_COMPARED, *_GUARDED)
_READ: Final = ("__dataclass_fields__", "__dataclass_params__", "__match_args__")
_MAKING: Final = RLock()  # of a thread: making the methods of a class makes those of its bases


class _Methods:
    """The methods of one class to come: ``plain`` is the class as it was written, ``record`` has slots."""

    def __init__(self, plain: type, options: Mapping[str, bool]) -> None:
        self._plain = plain
        self._options = options
        self._own = dict(vars(plain))
        self._missing = [name for name in (*_CALLED, *_READ) if self._own.get(name) is None]
        self.record = self._with_slots()
        self._made = False

    def _with_slots(self) -> type:
        names = tuple(_fields(self._plain))
        inherited = {slot for base in self._plain.__mro__[1:] for slot in vars(base).get("__slots__", ())}
        body = {name: value for name, value in self._own.items() if name not in names}
        for gone in ("__dict__", "__weakref__"):
            body.pop(gone, None)
        body["__slots__"] = tuple(name for name in names if name not in inherited)
        body |= {name: self._stub(name) for name in self._missing}
        record = type(self._plain)(self._plain.__name__, self._plain.__bases__, body)
        record.__qualname__ = self._plain.__qualname__
        return record

    def _stub(self, name: str) -> object:
        if name in _READ:
            return _Attribute(self, name)

        def stub(instance: object, *args: object, **kwargs: object) -> object:
            self.make()
            return getattr(self.record, name)(instance, *args, **kwargs)

        stub.__name__ = name
        return stub

    def make(self) -> None:
        """Put the standard decorator's methods in the place of the stubs."""
        import dataclasses  # noqa: PLC0415 - what makes no instance does not need it

        with _MAKING:
            if self._made:
                return
            made = vars(dataclasses.dataclass(**self._options)(self._plain))
            for name in self._missing:
                setattr(self.record, name, made[name])
            self._made = True


class _Attribute:
    """What ``dataclasses`` reads of a class: made with the methods."""

    def __init__(self, methods: _Methods, name: str) -> None:
        self._methods = methods
        self._name = name

    def __get__(self, _instance: object, _owner: type) -> object:
        self._methods.make()
        return getattr(self._methods.record, self._name)


def _fields(cls: type) -> Iterator[str]:
    """The names that a class annotates itself, without those of the class and not of instances."""
    annotations: dict[str, Any] = get_annotations(cls)
    for name, kind in annotations.items():
        if kind is not ClassVar and get_origin(kind) is not ClassVar:
            yield name
