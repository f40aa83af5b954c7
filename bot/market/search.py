"""Finding what somebody typed: best match first, and the nearest when nothing matches."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

from bot.errors import UnknownSubjectError

NEAREST = 3
LONGEST_COMPARED = 100
"""How many characters of what was typed are compared for likeness: Discord lets through 6,000, and it takes long."""


@dataclass(frozen=True)
class Candidate:
    """Something that can be found: the key that it stands for, the label to read, and what else it is called."""

    key: str
    label: str
    aliases: tuple[str, ...] = ()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All its names, folded for comparison."""
        return tuple(_folded(name) for name in (self.key, self.label, *self.aliases))


def search(candidates: Sequence[Candidate], typed: str) -> list[Candidate]:
    """All candidates that match, best first; candidates that match equally well keep their order."""
    wanted = _folded(typed)
    scored = [(_closeness(candidate, wanted), candidate) for candidate in candidates]
    matching = [pair for pair in scored if pair[0] is not None]
    return [candidate for _, candidate in sorted(matching, key=lambda pair: pair[0] or 0)]


def resolve(candidates: Sequence[Candidate], typed: str, *, kind: str) -> Candidate:
    """The one candidate that the text means; raise UnknownSubjectError with the nearest three."""
    wanted = _folded(typed)
    exact = [candidate for candidate in candidates if candidate.key == typed] or [
        candidate for candidate in candidates if wanted in candidate.names
    ]
    matching = exact or (search(candidates, typed) if wanted else [])
    if len(matching) == 1:
        return matching[0]
    nearest = matching[:NEAREST] or _nearest(candidates, wanted)
    raise UnknownSubjectError(kind, typed, [candidate.label for candidate in nearest])


def _folded(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def _closeness(candidate: Candidate, wanted: str) -> int | None:
    """How close the best of the names is, 0 the closest; None if the text is not in it."""
    tests: tuple[Callable[[str], bool], ...] = (
        lambda name: name == wanted,
        lambda name: name.startswith(wanted),
        lambda name: f" {wanted}" in name,
        lambda name: wanted in name,
    )
    for closeness, holds in enumerate(tests):
        if any(holds(name) for name in candidate.names):
            return closeness
    everything = " ".join(candidate.names)
    return len(tests) if all(word in everything for word in wanted.split()) else None


def _nearest(candidates: Sequence[Candidate], wanted: str) -> list[Candidate]:
    def likeness(candidate: Candidate) -> float:
        return max(SequenceMatcher(None, wanted[:LONGEST_COMPARED], name).ratio() for name in candidate.names)

    return sorted(candidates, key=likeness, reverse=True)[:NEAREST]
