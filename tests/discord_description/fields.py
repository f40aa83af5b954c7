"""A body as a tree of fields that know their path, and the problems of a field."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple


class Problem(NamedTuple):
    """A field that Discord would refuse, and the reason."""

    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path or 'body'}: {self.reason}"


class Span(NamedTuple):
    """The smallest and the largest size that Discord accepts."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Field:
    """A value in a body; a missing field has the value None."""

    path: str
    value: object

    def __getitem__(self, name: str) -> "Field":
        value = self.value.get(name) if isinstance(self.value, dict) else None
        return Field(f"{self.path}.{name}".lstrip("."), value)

    def __iter__(self) -> Iterator["Field"]:
        items = self.value if isinstance(self.value, list) else []
        return (Field(f"{self.path}[{index}]", item) for index, item in enumerate(items))

    def everything(self) -> Iterator["Field"]:
        """This field and all fields in it."""
        yield self
        names = list(self.value) if isinstance(self.value, dict) else []
        for child in [*self, *(self[name] for name in names)]:
            yield from child.everything()

    @property
    def text(self) -> str:
        """The text; empty for any other value."""
        return self.value if isinstance(self.value, str) else ""

    def problem(self, reason: str) -> Problem:
        """A problem of this field."""
        return Problem(self.path, reason)


def length(text: str) -> int:
    """The length in UTF-16 units, which is never less than Discord's count of code points."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def size_problems(field: Field, span: Span) -> Iterator[Problem]:
    """Check that the size of a text or a list is within its span; None passes, a blank text counts as empty."""
    match field.value:
        case str(text):
            blank = not text.strip() and length(text) <= span.high
            size, unit = 0 if blank else length(text), "characters"
        case list(items):
            size, unit = len(items), "items"
        case _:
            return
    if not span.low <= size <= span.high:
        yield field.problem(f"{size} {unit}, {span.low} to {span.high} are allowed")


def distinct(fields: list[Field]) -> Iterator[Problem]:
    """The fields that repeat the value of an earlier one."""
    seen: dict[object, str] = {}
    for field in fields:
        if field.value is None:
            continue
        key = str(field.value)
        if key in seen:
            yield field.problem(f"{key[:60]!r} is already used at {seen[key]}")
        seen.setdefault(key, field.path)
