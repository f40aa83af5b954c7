"""Finds time zones by the names of places. All names are loaded once, at the first search."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import takewhile

from bot.autopost.gazetteer import Kind, Place, comments, normalized, places_with_names, zones

MOST_WORDS = 8
"""The longest text, in words, that is split into a place and the place around it."""
SHORTEST_INNER = 3
"""The fewest letters of the first name in "Paris, Texas": "IN LA" must not mean the Louisiana part of Indiana."""
SHORTEST_LIKE = 3
"""The fewest letters of a name that is suggested for a misspelling."""


@cache
def places_by_name() -> Mapping[str, tuple[Place, ...]]:
    """All places by each of their normalized names: cities first, then states, regions and times, then countries."""
    called: defaultdict[str, dict[Place, None]] = defaultdict(dict)
    for place, names in places_with_names():
        for name in filter(None, map(normalized, names)):
            called[name][place] = None
    alone = {place: (place,) for places in called.values() for place in places}
    return {name: tuple(places) if len(places) > 1 else alone[next(iter(places))] for name, places in called.items()}


def places_called(text: str) -> tuple[Place, ...]:
    """All places with exactly this name; "Portland, Oregon" and "Berlin time" work too."""
    name = normalized(text)
    spellings = [name]
    if name.endswith(" time"):
        bare = re.sub(r" (standard|daylight|daylight saving|daylight savings|summer) time$", " time", name)
        spellings += [bare, bare.removesuffix(" time")]
    found = (_places_within(spelling.split()) for spelling in spellings)
    return next(filter(None, found), ())


def zones_beginning(text: str) -> Mapping[str, int]:
    """The zones with a name that begins with a text; the value is a rank, 0 for the best."""
    start, called, names = normalized(text), places_by_name(), _sorted_names()
    ranks: dict[str, int] = {}
    for name in takewhile(lambda name: name.startswith(start), names[bisect_left(names, start) :]):
        for place in called[name]:
            rank = place.kind if name == start else place.kind + len(Kind)
            for zone in place.zones:
                ranks[zone] = min(ranks.get(zone, rank), rank)
    return ranks


def zones_with_words(text: str) -> list[str]:
    """The zones for which each word of a text begins a word of their names."""
    words = [f" {word}" for word in normalized(text).split()]
    return [zone for zone, known in _words().items() if all(word in known for word in words)]


@cache
def city_names() -> Mapping[str, str]:
    """The zone for each name of a place that is written in ASCII."""
    return {
        name: places[0].zones[0]
        for name, places in places_by_name().items()
        if name.isascii() and len(name) >= SHORTEST_LIKE
    }


def _places_within(words: Sequence[str]) -> tuple[Place, ...]:
    """The places with this name, or those of a first part that lie within the place of the rest."""
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
    """For each zone, one text with all ASCII words of its names and the time zone database's comments."""
    words: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for name, places in places_by_name().items():
        for zone in {zone for place in places for zone in place.zones} if name.isascii() else ():
            words[zone] |= dict.fromkeys(name.split())
    for zone, comment in comments().items():
        words[zone] |= dict.fromkeys(normalized(comment).split())
    return {zone: " ".join(["", *words[zone]]) for zone in zones()}
