"""DynamoDB's expression languages: condition, filter, key condition, update and projection.

Items are in the typed form of the API (``{"amount": {"N": "1"}}``). What DynamoDB calls a ValidationException
is a ``ValueError`` here. Grammar: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from typing import Any, Final, TypeVar

Attribute = dict[str, Any]
Item = dict[str, Attribute]
Step = str | int
Parsed = TypeVar("Parsed")

_TOKEN: Final = re.compile(r"\s*(<>|<=|>=|[<>=(),.+\-\[\]]|[#:]?[A-Za-z0-9_]+)")
_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
_NUMBERS: Final = ("N", "NS")
_SECTIONS: Final = ("SET", "REMOVE", "ADD", "DELETE")


@dataclass
class Scope:
    """The placeholders of one request, and which of them its expressions have used."""

    names: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Attribute] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def name(self, token: str) -> str:
        if not token.startswith("#"):
            if token.upper() in reserved_words():
                raise ValueError(f"Attribute name is a reserved keyword: {token}")
            return token
        if token not in self.names:
            raise ValueError(f"An expression attribute name is not defined: {token}")
        self.used.add(token)
        return self.names[token]

    def value(self, token: str) -> Attribute:
        if token not in self.values:
            raise ValueError(f"An expression attribute value is not defined: {token}")
        self.used.add(token)
        return self.values[token]

    def check_all_used(self) -> None:
        unused = {*self.names, *self.values} - self.used
        if unused:
            raise ValueError(f"Placeholders unused in expressions: {sorted(unused)}")


@lru_cache(maxsize=1)
def reserved_words() -> frozenset[str]:
    """DynamoDB's reserved words, from the list that moto carries."""
    text = (resources.files("moto") / "dynamodb/parsing/reserved_keywords.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


Condition = Callable[[Item], bool]
Operand = Callable[[Item], Attribute | None]
Update = Callable[[Item], None]


def condition(expression: str, scope: Scope) -> Condition:
    """A condition, filter or key condition as a predicate on an item."""
    parser = _Parser(expression, scope)
    return parser.finished(parser.either())


def update(expression: str, scope: Scope) -> Update:
    """An update as a function that changes the item it is given; operands are read before any change."""
    parser = _Parser(expression, scope)
    return parser.finished(parser.update())


def projection(expression: str, scope: Scope) -> Callable[[Item], Item]:
    """The top-level attributes that a projection leaves."""
    parser = _Parser(expression, scope)
    paths = parser.finished(parser.separated(parser.path))
    kept = {str(path[0]) for path in paths}
    return lambda item: {key: value for key, value in item.items() if key in kept}


def comparable(attribute: Attribute) -> Any:
    """The value in a form that Python compares as DynamoDB does within one type."""
    ((kind, value),) = attribute.items()
    if kind == "N":
        return Decimal(value)
    if kind == "NS":
        return frozenset(map(Decimal, value))
    if kind in {"SS", "BS"}:
        return frozenset(value)
    if kind == "L":
        return [(next(iter(inner)), comparable(inner)) for inner in value]
    if kind == "M":
        return {key: (next(iter(inner)), comparable(inner)) for key, inner in value.items()}
    return value


def same(left: Attribute | None, right: Attribute | None) -> bool:
    if left is None or right is None:
        return False
    return left.keys() == right.keys() and comparable(left) == comparable(right)


def resolve(item: Item, path: Sequence[Step]) -> Attribute | None:
    """The attribute at a document path, if there is one."""
    found: Attribute | None = item.get(str(path[0]))
    for step in path[1:]:
        if found is None:
            return None
        if isinstance(step, int):
            elements = found.get("L", [])
            found = elements[step] if step < len(elements) else None
        else:
            found = found.get("M", {}).get(step)
    return found


@lru_cache(maxsize=1024)
def _tokens(expression: str) -> tuple[str, ...]:
    tokens, position = [], 0
    text = expression.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ValueError(f"Syntax error near {text[position : position + 10]!r}")
        tokens.append(match.group(1))
        position = match.end()
    return tuple(tokens)


class _Parser:
    """Recursive descent over the tokens of one expression."""

    def __init__(self, expression: str, scope: Scope) -> None:
        self._tokens = _tokens(expression)
        self._position = 0
        self._scope = scope

    def finished(self, parsed: Parsed) -> Parsed:
        if self._position < len(self._tokens):
            raise ValueError(f"Syntax error near {self._peek()!r}")
        return parsed

    def _peek(self) -> str:
        return self._tokens[self._position] if self._position < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        if not token:
            raise ValueError("The expression ends too early")
        self._position += 1
        return token

    def _accept(self, *tokens: str) -> str:
        """The next token in upper case if it is one of these, else the empty string."""
        token = self._peek().upper()
        if token not in tokens:
            return ""
        self._position += 1
        return token

    def _expect(self, token: str) -> None:
        if not self._accept(token):
            raise ValueError(f"{token!r} expected near {self._peek()!r}")

    def separated(self, part: Callable[[], Parsed]) -> list[Parsed]:
        parts = [part()]
        while self._accept(","):
            parts.append(part())
        return parts

    def either(self) -> Condition:
        parts = [self._both()]
        while self._accept("OR"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else lambda item: any(part(item) for part in parts)

    def _both(self) -> Condition:
        parts = [self._negated()]
        while self._accept("AND"):
            parts.append(self._negated())
        return parts[0] if len(parts) == 1 else lambda item: all(part(item) for part in parts)

    def _negated(self) -> Condition:
        if self._accept("NOT"):
            inner = self._negated()
            return lambda item: not inner(item)
        if self._accept("("):
            inner = self.either()
            self._expect(")")
            return inner
        function = _CONDITION_FUNCTIONS.get(self._peek())
        return self._function(function) if function else self._comparison()

    def _function(self, function: Callable[[list[Attribute | None]], bool]) -> Condition:
        self._next()
        arguments = self._arguments(self._operand)
        return lambda item: function([argument(item) for argument in arguments])

    def _arguments(self, part: Callable[[], Parsed]) -> list[Parsed]:
        self._expect("(")
        parts = self.separated(part)
        self._expect(")")
        return parts

    def _comparison(self) -> Condition:
        left = self._operand()
        if self._accept("BETWEEN"):
            low = self._operand()
            self._expect("AND")
            high = self._operand()
            return lambda item: (
                _ordered("<=", low(item), left(item)) and _ordered("<=", left(item), high(item))
            )
        if self._accept("IN"):
            choices = self._arguments(self._operand)
            return lambda item: any(same(left(item), choice(item)) for choice in choices)
        operator = self._next()
        right = self._operand()
        if operator == "=":
            return lambda item: same(left(item), right(item))
        if operator == "<>":
            return lambda item: not same(left(item), right(item))
        if operator not in _COMPARISONS:
            raise ValueError(f"Syntax error near {operator!r}")
        return lambda item: _ordered(operator, left(item), right(item))

    def _operand(self) -> Operand:
        if self._peek() == "size":
            self._next()
            (path,) = self._arguments(self.path)
            return lambda item: _size(resolve(item, path))
        if self._peek().startswith(":"):
            value = self._scope.value(self._next())
            return lambda _: value
        path = self.path()
        return lambda item: resolve(item, path)

    def path(self) -> tuple[Step, ...]:
        steps: list[Step] = [self._scope.name(self._next())]
        while self._peek() in {".", "["}:
            if self._accept("."):
                steps.append(self._scope.name(self._next()))
            else:
                self._expect("[")
                steps.append(int(self._next()))
                self._expect("]")
        return tuple(steps)

    def update(self) -> Update:
        clauses = {
            "SET": self._set,
            "REMOVE": self._remove,
            "ADD": self._add,
            "DELETE": self._delete,
        }
        changes: list[Callable[[Item], Callable[[Item], None]]] = []
        while section := self._accept(*_SECTIONS):
            changes += self.separated(clauses[section])

        def apply(item: Item) -> None:
            for change in [change(item) for change in changes]:
                change(item)

        return apply

    def _set(self) -> Callable[[Item], Callable[[Item], None]]:
        path = self.path()
        self._expect("=")
        value = self._sum()
        return lambda before: _assignment(path, _present(value(before)))

    def _sum(self) -> Operand:
        left = self._term()
        sign = self._accept("+", "-")
        if not sign:
            return left
        right = self._term()
        return lambda item: _added(_present(left(item)), _present(right(item)), 1 if sign == "+" else -1)

    def _term(self) -> Operand:
        if self._peek() == "if_not_exists":
            self._next()
            present, default = self._arguments(self._sum)
            return lambda item: present(item) or default(item)
        if self._peek() == "list_append":
            self._next()
            first, second = self._arguments(self._term)
            return lambda item: {"L": _present(first(item))["L"] + _present(second(item))["L"]}
        return self._operand()

    def _remove(self) -> Callable[[Item], Callable[[Item], None]]:
        path = self.path()
        return lambda _: lambda item: _discard(item, path)

    def _add(self) -> Callable[[Item], Callable[[Item], None]]:
        path, value = self.path(), self._operand()
        return lambda before: _assignment(path, _joined(resolve(before, path), _present(value(before))))

    def _delete(self) -> Callable[[Item], Callable[[Item], None]]:
        path, value = self.path(), self._operand()

        def change(before: Item) -> Callable[[Item], None]:
            rest = _without(resolve(before, path), _present(value(before)))
            return _assignment(path, rest) if rest else lambda item: _discard(item, path)

        return change


def _present(attribute: Attribute | None) -> Attribute:
    if attribute is None:
        raise ValueError("The provided expression refers to an attribute that does not exist in the item")
    return attribute


def _ordered(operator: str, left: Attribute | None, right: Attribute | None) -> bool:
    if left is None or right is None or left.keys() != right.keys():
        return False
    return _COMPARISONS[operator](comparable(left), comparable(right))


def _size(attribute: Attribute | None) -> Attribute | None:
    if attribute is None:
        return None
    ((kind, value),) = attribute.items()
    return {"N": str(len(value.encode() if kind == "S" else value))}


def _added(left: Attribute, right: Attribute, sign: int) -> Attribute:
    if "N" not in left or "N" not in right:
        raise ValueError("An operand in the update expression has an incorrect data type")
    return {"N": str(Decimal(left["N"]) + sign * Decimal(right["N"]))}


def _joined(present: Attribute | None, value: Attribute) -> Attribute:
    if present is None:
        return value
    if "N" in value:
        return _added(present, value, 1)
    ((kind, members),) = value.items()
    return {kind: [*present[kind], *(member for member in members if member not in present[kind])]}


def _without(present: Attribute | None, value: Attribute) -> Attribute | None:
    ((kind, members),) = value.items()
    rest = [member for member in (present or {}).get(kind, []) if member not in members]
    return {kind: rest} if rest else None


def _assignment(path: Sequence[Step], value: Attribute) -> Callable[[Item], None]:
    def assign(item: Item) -> None:
        container, last = _container(item, path)
        if isinstance(last, int):
            container[last : last + 1] = [value]
        else:
            container[last] = value

    return assign


def _discard(item: Item, path: Sequence[Step]) -> None:
    if resolve(item, path) is not None:
        container, last = _container(item, path)
        del container[last]


def _container(item: Item, path: Sequence[Step]) -> tuple[Any, Step]:
    if len(path) == 1:
        return item, path[0]
    parent = resolve(item, path[:-1])
    kind = "L" if isinstance(path[-1], int) else "M"
    if parent is None or kind not in parent:
        raise ValueError("The document path provided in the update expression is invalid for update")
    return parent[kind], path[-1]


def _begins_with(arguments: list[Attribute | None]) -> bool:
    text, prefix = arguments
    if text is None or prefix is None or text.keys() != prefix.keys():
        return False
    ((kind, value),) = text.items()
    return bool(value.startswith(prefix[kind]))


def _contains(arguments: list[Attribute | None]) -> bool:
    container, member = arguments
    if container is None or member is None:
        return False
    ((kind, value),) = container.items()
    if kind == "L":
        return any(same(inner, member) for inner in value)
    return next(iter(member.values())) in value


_CONDITION_FUNCTIONS: Final[Mapping[str, Callable[[list[Attribute | None]], bool]]] = {
    "attribute_exists": lambda arguments: arguments[0] is not None,
    "attribute_not_exists": lambda arguments: arguments[0] is None,
    "attribute_type": lambda arguments: (arguments[1] or {}).get("S") in (arguments[0] or {}),
    "begins_with": _begins_with,
    "contains": _contains,
}
