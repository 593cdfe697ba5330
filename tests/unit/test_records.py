"""Records are dataclasses in everything, but for when their methods are made."""

import copy
import dataclasses
import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError, asdict, field, fields, is_dataclass, replace
from threading import Barrier
from typing import ClassVar

import pytest

from gloss.records import dataclass
from tests.unit.rules.sources import LIBRARY, MODULES, imported


@dataclass(frozen=True, slots=True)
class Base:
    name: str
    tags: tuple[str, ...] = ()
    kind: str = field(default="base", init=False)
    unit: ClassVar[str] = "px"

    def shout(self) -> str:
        return self.name.upper()


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived(Base):
    size: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Odd:
    """Makes equality and its hash itself."""

    number: int

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Odd) and self.number % 2 == other.number % 2

    def __hash__(self) -> int:
        return self.number % 2


def test_it_is_made_shown_and_compared_as_a_dataclass() -> None:
    record = Base("a", ("x",))
    assert repr(record) == "Base(name='a', tags=('x',), kind='base')"
    assert record == Base("a", ("x",)) != Base("b")
    assert len({record, Base("a", ("x",))}) == 1
    assert record.shout() == "A"
    assert Base.unit == record.unit == "px"


def test_what_dataclasses_offers_works_before_and_after_the_first_instance() -> None:
    @dataclass(frozen=True, slots=True)
    class Unused:
        name: str
        size: int = 3

    assert is_dataclass(Unused)
    assert [its.name for its in fields(Unused)] == ["name", "size"]
    assert asdict(replace(Unused("a"), size=4)) == {"name": "a", "size": 4}


def test_a_pattern_is_matched_before_the_first_instance() -> None:
    @dataclass(frozen=True, slots=True)
    class Unused:
        name: str

    assert Unused.__match_args__ == ("name",)
    match Base("a"):
        case Unused():
            pytest.fail("another class")
        case Base(name):
            assert name == "a"


def test_it_is_frozen_and_has_slots() -> None:
    record = Base("a")
    with pytest.raises(FrozenInstanceError):
        record.name = "b"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del record.name
    assert not hasattr(record, "__dict__")


def test_a_derived_record_has_the_fields_of_both_and_its_own_defaults() -> None:
    record = Derived("a", size=[1])
    assert asdict(record) == {"name": "a", "tags": (), "kind": "base", "size": [1]}
    assert Derived("a").size is not Derived("a").size
    assert record != Base("a")
    assert vars(Derived)["__slots__"] == ("size",)


def test_missing_and_unknown_arguments_are_refused() -> None:
    with pytest.raises(TypeError, match="name"):
        Base()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="other"):
        Base("a", other=1)  # type: ignore[call-arg]


def test_methods_that_a_class_writes_itself_stay() -> None:
    assert Odd(1) == Odd(3)
    assert hash(Odd(1)) == 1


def _through_pickle(record: Derived) -> object:
    return pickle.loads(pickle.dumps(record))  # noqa: S301 - its own bytes


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, _through_pickle])
def test_copies_are_equal(again: object) -> None:
    record = Derived("a", ("x",), size=[1])
    assert again(record) == record  # type: ignore[operator]


def test_many_threads_may_make_the_first_instance() -> None:
    @dataclass(frozen=True, slots=True)
    class Unused:
        name: str

    ready = Barrier(8)

    def make(_: int) -> Unused:
        ready.wait(5)
        return Unused("a")

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(make, range(8))) == {Unused("a")}


def test_defining_one_compiles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("compiled at its definition")

    monkeypatch.setattr(dataclasses, "dataclass", refuse)

    @dataclass(frozen=True, slots=True)
    class Unused:
        name: str

    with pytest.raises(AssertionError, match="compiled"):
        Unused("a")


def test_the_library_defines_its_records_so() -> None:
    """A class that has to change (few are) is a dataclass of the standard library's."""
    at_once = {
        module.relative_to(LIBRARY).as_posix()
        for module in MODULES
        if "dataclasses.dataclass" in imported(module.read_text())
    }
    assert at_once == {"gloss/search/reindexing.py", "gloss/sources/intake.py", "gloss/sources/memory.py"}
