"""Find what a user typed: the best match first, or similar spellings if nothing matches."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.errors import UnknownSubjectError
from bot.market.keys import key_of
from bot.market.spelling import spelled_alike

MAX_SUGGESTIONS = 3
LONGEST_TYPED = 100
"""How many characters of a text are searched: the longest value of a choice. Discord allows users to type 6,000."""
MIN_SIMILARITY = 75
"""The least similarity (0–100) of a suggested name to the typed text; it allows one error in a short word."""

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Candidate:
    """Something to find: its key, the label that users read, and its other names."""

    key: str
    label: str
    aliases: tuple[str, ...] = ()

    @cached_property
    def value(self) -> str:
        """The value of a choice for it: the key, shortened if it is too long."""
        return key_of(self.key)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All its names, normalized by `folded`."""
        return tuple(folded(name) for name in (self.key, self.label, *self.aliases))

    @cached_property
    def lines(self) -> str:
        """All its names in one text, each between two line breaks, so that one search covers all."""
        return "\n".join(("", *self.names, ""))


def search(candidates: Sequence[Candidate], typed: str) -> list[Candidate]:
    """All candidates that match, best first, ties in the given order; if none does, those with a similar spelling."""
    wanted = folded(typed[:LONGEST_TYPED])
    if not wanted:
        return list(candidates)
    return _matching(candidates, wanted) or _nearest(candidates, wanted, at_least=MIN_SIMILARITY)


def find_value(candidates: Iterable[Candidate], value: str) -> Candidate | None:
    """The candidate with this value; None if there is none."""
    return next((candidate for candidate in candidates if candidate.value == value), None)


def resolve(candidates: Sequence[Candidate], typed: str, *, kind: str) -> Candidate:
    """The one candidate that the text means; raise UnknownSubjectError with up to three suggestions."""
    found = find_meant(candidates, typed)
    if found is not None:
        return found
    nearest = _meant(candidates, typed)[:MAX_SUGGESTIONS] or _nearest(candidates, folded(typed[:LONGEST_TYPED]))
    raise UnknownSubjectError(kind, typed, [candidate.label for candidate in nearest])


def find_meant(candidates: Sequence[Candidate], typed: str) -> Candidate | None:
    """The one candidate that the text means; None if there is none, or more than one."""
    matching = _meant(candidates, typed)
    # The part beyond the limit was not compared.
    is_compared = len(typed) <= LONGEST_TYPED or (bool(matching) and matching[0].key == typed)
    return matching[0] if len(matching) == 1 and is_compared else None


def folded(text: str) -> str:
    """The words of a text, case-folded and without punctuation."""
    return " ".join(_WORD.findall(text.casefold()))


def _meant(candidates: Sequence[Candidate], typed: str) -> list[Candidate]:
    """The candidates that a text can mean: by key, otherwise by name, otherwise by a part of a name."""
    matching = [candidate for candidate in candidates if typed in (candidate.key, candidate.value)]
    wanted = folded(typed[:LONGEST_TYPED])
    if matching or not wanted:
        return matching
    return [candidate for candidate in candidates if wanted in candidate.names] or _matching(candidates, wanted)


def _matching(candidates: Sequence[Candidate], wanted: str) -> list[Candidate]:
    words = sorted(set(wanted.split()), key=len, reverse=True)  # the longest occurs in the fewest names
    scored = [(_closeness(candidate.lines, wanted, words), candidate) for candidate in candidates]
    matching = [(closeness, candidate) for closeness, candidate in scored if closeness is not None]
    return [candidate for _, candidate in sorted(matching, key=lambda pair: pair[0])]


def _closeness(lines: str, wanted: str, words: Sequence[str]) -> int | None:
    """How well the best name matches, 0 (equal) to 4 (has all words); None if none does."""
    if wanted in lines:
        if f"\n{wanted}\n" in lines:
            return 0
        if f"\n{wanted}" in lines:
            return 1
        return 2 if f" {wanted}" in lines else 3
    return 4 if all(word in lines for word in words) else None


def _nearest(candidates: Sequence[Candidate], wanted: str, *, at_least: int = 0) -> list[Candidate]:
    """The up to three candidates whose names are spelled most like the text."""
    names = [(name, candidate) for candidate in candidates for name in candidate.names]
    most = MAX_SUGGESTIONS * max((len(candidate.names) for candidate in candidates), default=0)
    found = spelled_alike(wanted, [name for name, _ in names], most=most, at_least=at_least)
    return list(dict.fromkeys(names[place][1] for place in found))[:MAX_SUGGESTIONS]
