"""Parsing answers that do not fully match OpenRouter's documentation.

A malformed list entry (a task, model or macro-category with a null, missing or wrongly typed field) is skipped.
The whole answer is refused if it has an invalid value (a share out of range) or is malformed outside of its lists.
A list that would lose more than half of its entries is malformed itself, and so is the entry or answer around it.
"""

from functools import reduce
from operator import getitem
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, from_json, to_json

from bot.errors import InvalidResponseError

INVALID_VALUE = "invalid_value"
"""The type of the validation error that refuses the whole answer."""

Answer = TypeVar("Answer", bound=BaseModel)
Place = tuple[str | int, ...]


def parse_answer(kind: type[Answer], body: bytes, *, named: str) -> tuple[Answer, str]:
    """Parse a body without its malformed entries; also return a sentence about those; raise InvalidResponseError."""
    text, problem, left_out = body, "", ""
    while True:
        try:
            return kind.model_validate_json(text), left_out
        except ValidationError as invalid:
            errors = invalid.errors(include_input=False, include_url=False)
        entries = _malformed_entries(errors)
        problem = problem or _first_problem(errors)
        if not entries:
            raise InvalidResponseError(operator=f"OpenRouter's {named} does not match its documentation{problem}.")
        text = _without(entries, text)
        left_out = left_out or f"Malformed entries skipped in OpenRouter's {named}: {len(entries)}, the first{problem}."


def _malformed_entries(errors: list[ErrorDetails]) -> set[Place]:
    """Find the places of the malformed list entries; none if the whole answer has to be refused."""
    entries = {_innermost_entry(error["loc"]) for error in errors}
    return set() if () in entries or any(error["type"] == INVALID_VALUE for error in errors) else entries


def _innermost_entry(place: Place) -> Place:
    ends = [end for end, step in enumerate(place, start=1) if isinstance(step, int)]
    return place[: ends[-1]] if ends else ()


def _without(entries: set[Place], text: bytes) -> bytes:
    """Remove entries from an answer; replace a list that would lose more than half of its entries by null."""
    answer: Any = from_json(text)
    lists: dict[Place, list[Any]] = {}
    for entry in sorted(entries, reverse=True):
        lists.setdefault(entry[:-1], []).append(entry[-1])
    for place in sorted(lists, key=len, reverse=True):  # inner lists first
        *path, name = place
        around = reduce(getitem, path, answer)
        if 2 * len(lists[place]) > len(around[name]):
            around[name] = None
            continue
        for index in lists[place]:
            del around[name][index]
    return to_json(answer, inf_nan_mode="constants")


def _first_problem(errors: list[ErrorDetails]) -> str:
    """Describe the first error, preferably an invalid value, by its place and reason, without the value itself."""
    error = next((error for error in errors if error["type"] == INVALID_VALUE), errors[0])
    place = ".".join(str(part) for part in error["loc"])
    return f"{f' at {place}' if place else ''}: {error['msg']}"
