"""Finding time zones by what people call them. All names are read once, when somebody first asks for a zone."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import takewhile

from bot.autopost.gazetteer import Kind, Place, comments, places_with_names, unaccented, zones

MOST_WORDS = 8
"""How many words may name a place within another."""
SHORTEST_INNER = 3
"""Letters of the name in front of another: "IN LA" is not the Louisiana part of Indiana."""
SHORTEST_LIKE = 3
"""Letters of a name that what was typed may be likened to."""


@cache
def places_by_name() -> Mapping[str, tuple[Place, ...]]:
    """All places by each of their names, folded: cities first, then states and the like, then countries."""
    called: defaultdict[str, dict[Place, None]] = defaultdict(dict)
    for place, names in places_with_names():
        for name in filter(None, map(unaccented, names)):
            called[name][place] = None
    alone = {place: (place,) for places in called.values() for place in places}
    return {name: tuple(places) if len(places) > 1 else alone[next(iter(places))] for name, places in called.items()}


def places_called(text: str) -> tuple[Place, ...]:
    """All places that a text is a whole name of; "Portland, Oregon" and "Berlin time" are read as well."""
    name = unaccented(text)
    spellings = [name]
    if name.endswith(" time"):
        bare = re.sub(r" (standard|daylight|daylight saving|daylight savings|summer) time$", " time", name)
        spellings += [bare, bare.removesuffix(" time")]
    found = (_places_within(spelling.split()) for spelling in spellings)
    return next(filter(None, found), ())


def zones_beginning(text: str) -> Mapping[str, int]:
    """The zones that have a name which begins with a text, with a rank each, 0 for the best."""
    start, called, names = unaccented(text), places_by_name(), _sorted_names()
    ranks: dict[str, int] = {}
    for name in takewhile(lambda name: name.startswith(start), names[bisect_left(names, start) :]):
        for place in called[name]:
            rank = place.kind if name == start else place.kind + len(Kind)
            for zone in place.zones:
                ranks[zone] = min(ranks.get(zone, rank), rank)
    return ranks


def zones_with_words(text: str) -> list[str]:
    """The zones that have names in which each word of a text begins a word."""
    words = [f" {word}" for word in unaccented(text).split()]
    return [zone for zone, known in _words().items() if all(word in known for word in words)]


@cache
def city_names() -> Mapping[str, str]:
    """A zone for each name in Latin letters of a city, country, state or time."""
    return {
        name: places[0].zones[0]
        for name, places in places_by_name().items()
        if name.isascii() and len(name) >= SHORTEST_LIKE
    }


def _places_within(words: Sequence[str]) -> tuple[Place, ...]:
    """The places of a name, or of a name in front of the name of what they lie in."""
    called = places_by_name()
    whole = called.get(" ".join(words))
    if whole or len(words) > MOST_WORDS:
        return whole or ()
    for cut in range(len(words) - 1, 0, -1):
        inner = " ".join(words[:cut])
        if inner in called and len(inner) >= SHORTEST_INNER:
            around = {zone for place in _places_within(words[cut:]) for zone in place.zones}
            parts = (replace(place, zones=tuple(z for z in place.zones if z in around)) for place in called[inner])
            within = tuple(place for place in parts if place.zones)
            if within:
                return within
    return ()


@cache
def _sorted_names() -> Sequence[str]:
    return sorted(places_by_name())


@cache
def _words() -> Mapping[str, str]:
    """All words in Latin letters by which each zone is known, and the database's comments, in one text."""
    words: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for name, places in places_by_name().items():
        for zone in {zone for place in places for zone in place.zones} if name.isascii() else ():
            words[zone] |= dict.fromkeys(name.split())
    for zone, comment in comments().items():
        words[zone] |= dict.fromkeys(unaccented(comment).split())
    return {zone: " ".join(["", *words[zone]]) for zone in zones()}
