"""Reading an answer that departs from its description.

A list entry (a task, a model, a macro-category) that is wrong in form, with something null, missing or of another type,
is left out. The whole answer is refused if it is untrue (a share out of range), if its frame is wrong, or if a list would
lose more than half of its entries: then the list itself is wrong, and with it the entry or the answer that holds it.
"""

from functools import reduce
from operator import getitem
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, from_json, to_json

from bot.errors import InvalidResponseError

INVALID_VALUE = "untrue"
"""The type of the validation error that refuses the whole answer."""

Answer = TypeVar("Answer", bound=BaseModel)
Place = tuple[str | int, ...]


def parse_answer(kind: type[Answer], body: bytes, *, named: str) -> tuple[Answer, str]:
    """Read a body without the entries that are wrong in form, and say what was left out; raise InvalidResponseError."""
    text, departure, left_out = body, "", ""
    while True:
        try:
            return kind.model_validate_json(text), left_out
        except ValidationError as invalid:
            errors = invalid.errors(include_input=False, include_url=False)
        entries = _malformed_entries(errors)
        departure = departure or _first_problem(errors)
        if not entries:
            raise InvalidResponseError(operator=f"OpenRouter's {named} is not what its description says{departure}.")
        text = _without(entries, text)
        left_out = left_out or f"Entries left out of OpenRouter's {named}: {len(entries)}, the first{departure}."


def _malformed_entries(errors: list[ErrorDetails]) -> set[Place]:
    """Find the list entries to leave out, by their places; none if the whole is wrong."""
    entries = {_innermost_entry(error["loc"]) for error in errors}
    return set() if () in entries or any(error["type"] == INVALID_VALUE for error in errors) else entries


def _innermost_entry(place: Place) -> Place:
    ends = [end for end, step in enumerate(place, start=1) if isinstance(step, int)]
    return place[: ends[-1]] if ends else ()


def _without(entries: set[Place], text: bytes) -> bytes:
    """Leave entries out of an answer; a list that would lose more than half of its own is taken for none."""
    answer: Any = from_json(text)
    lists: dict[Place, list[Any]] = {}
    for entry in sorted(entries, reverse=True):
        lists.setdefault(entry[:-1], []).append(entry[-1])
    for place in sorted(lists, key=len, reverse=True):  # what is inside goes before what is around it
        *path, name = place
        around = reduce(getitem, path, answer)
        if 2 * len(lists[place]) > len(around[name]):
            around[name] = None
            continue
        for index in lists[place]:
            del around[name][index]
    return to_json(answer, inf_nan_mode="constants")


def _first_problem(errors: list[ErrorDetails]) -> str:
    """Say where the answer departs from its description, untruth first; what it held there is not repeated."""
    error = next((error for error in errors if error["type"] == INVALID_VALUE), errors[0])
    place = ".".join(str(part) for part in error["loc"])
    return f"{f' at {place}' if place else ''}: {error['msg']}"
