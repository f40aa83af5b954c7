"""The gazetteer: the places that people name when they mean a time zone, with all their names.

The names of zones, countries and older spellings come from tzdata. `place_names.json` has the cities and countries in
many languages, from Unicode's CLDR (`make places` writes it; its licence is in LICENSE.unicode). `places.txt` has what
neither of them knows: "NYC", states, provinces, "Pacific Time".
"""

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from importlib.resources import files

WIDELY_USED = tuple(
    "UTC Pacific/Honolulu America/Los_Angeles America/Denver America/Mexico_City America/Chicago"  # noqa: SIM905 - a line each would be a page
    " America/New_York America/Sao_Paulo Europe/London Europe/Madrid Europe/Paris Europe/Berlin Africa/Lagos"
    " Africa/Cairo Europe/Istanbul Europe/Moscow Asia/Dubai Asia/Karachi Asia/Kolkata Asia/Jakarta"
    " Asia/Singapore Asia/Shanghai Asia/Tokyo Australia/Sydney Pacific/Auckland"
    " America/Toronto Europe/Kyiv Asia/Almaty Asia/Seoul".split()
)
"""Suggested before anything is typed, roughly from west to east, and ranked before equal matches."""

_CONTINENTS = {"Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Europe", "Indian", "Pacific"}
"""The first parts of zone names that are followed by a city; others are followed by words such as Eastern."""
_IN_BRACKETS = re.compile(r"\s*[(\N{FULLWIDTH LEFT PARENTHESIS}].*?[)\N{FULLWIDTH RIGHT PARENTHESIS}]")
_DROPPED = ".'`\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}\N{MODIFIER LETTER TURNED COMMA}"
_SPELLED_PLAINLY = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "\N{LATIN SMALL LETTER DOTLESS I}": "i"}
    | dict.fromkeys(_DROPPED)
)


class Kind(IntEnum):
    """The kind of a place, in the order in which equal matches are suggested."""

    CITY = 0
    COUNTRY = 1
    OTHER = 2


@dataclass(frozen=True, slots=True)
class Place:
    """A place or a time, such as "Pacific Time", with its zones, the most usual one first."""

    label: str
    zones: tuple[str, ...]
    kind: Kind = Kind.CITY


def canonical_name(text: str) -> str | None:
    """The canonical name for a current or older zone name, in upper or lower case; None if there is no such zone."""
    return _names().get("_".join(text.split()).casefold())


@cache
def zones() -> tuple[str, ...]:
    """UTC and all zones with a country: the widely used first, then in the database's order."""
    order = {zone: place for place, zone in enumerate(WIDELY_USED)}
    return tuple(sorted(["UTC", *_countries_of_zones()], key=lambda zone: order.get(zone, len(order))))


def places_with_names() -> Iterator[tuple[Place, Iterable[str]]]:
    """All places with their names: cities first, then those of `places.txt`, then countries."""
    yield from _cities()
    yield from _listed_places()
    yield from _countries()


def comments() -> Mapping[str, str]:
    """The time zone database's comment on each zone; it may be empty."""
    return {zone: " ".join(comment) for _, _, zone, *comment in _rows("zone.tab")}


def normalized(text: str) -> str:
    """A text in lower case, without accents and punctuation, with single spaces."""
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_SPELLED_PLAINLY)
    kept = (
        sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in plain if not unicodedata.combining(sign)
    )
    return unicodedata.normalize("NFC", " ".join("".join(kept).split()))


def _cities() -> Iterator[tuple[Place, Iterable[str]]]:
    """UTC and the cities that zones are named after, with the zones' own names."""
    aliases: defaultdict[str, list[str]] = defaultdict(list)
    for alias in _links():
        aliases[_names()[alias.casefold()]].append(alias)
    cities = _translations()["cities"]
    yield Place("Universal Time", ("UTC",)), ["UTC", "GMT"]
    for zone in zones()[1:]:
        names = cities.get(zone) or [zone.rpartition("/")[2].replace("_", " ")]
        known = [zone, *aliases[zone]]
        named_after = (name.rpartition("/")[2] for name in known if name.partition("/")[0] in _CONTINENTS)
        yield Place(names[0], (zone,)), [*map(_unbracketed, names), *known, *named_after]


def _listed_places() -> Iterator[tuple[Place, Iterable[str]]]:
    for line in files("bot.autopost").joinpath("places.txt").read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        labels, others, where = (part.strip() for part in line.split("|"))
        kept = _zones_of_country(where[1:]) if where.startswith("@") else tuple(where.split())
        for label in labels.split("; "):
            yield Place(label, kept, Kind.OTHER), [label, label.partition(",")[0], *others.split(", ")]


def _countries() -> Iterator[tuple[Place, Iterable[str]]]:
    languages = _translations()["countries"]
    for code, name in _rows("iso3166.tab"):
        kept = _zones_of_country(code)
        if kept:
            names = [*languages.get(code, ()), name]
            yield Place(names[0], kept, Kind.COUNTRY), [code, *names, *map(_unbracketed, names)]


def _unbracketed(name: str) -> str:
    return _IN_BRACKETS.sub("", name)


def _zones_of_country(code: str) -> tuple[str, ...]:
    return _zones_by_country().get(code, ())


@cache
def _zones_by_country() -> Mapping[str, tuple[str, ...]]:
    countries = _countries_of_zones()
    by_country: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for zone in zones()[1:]:
        by_country[countries[zone]] += (zone,)
    return dict(by_country)


def _translations() -> Mapping[str, Mapping[str, Sequence[str]]]:
    written: Mapping[str, Mapping[str, Sequence[str]]] = json.loads(
        files("bot.autopost").joinpath("place_names.json").read_text("utf-8")
    )
    return written


@cache
def _names() -> Mapping[str, str]:
    """The canonical name for each valid zone name in lower case."""
    listed = {row[2] for row in _rows("zone.tab")}
    names = files("tzdata").joinpath("zones").read_text("utf-8").split()
    canonical = {name: name if name in listed else _links().get(name, name) for name in names}
    canonical |= {name: "UTC" for name, target in canonical.items() if target in {"Etc/UTC", "Etc/GMT"}}
    canonical["Iceland"] = "Atlantic/Reykjavik"  # the database links it to Abidjan, which has the same time
    del canonical["Factory"]  # means "not set" in the database
    return {name.casefold(): target for name, target in canonical.items()}


@cache
def _links() -> Mapping[str, str]:
    """The zone that each older or additional name stands for."""
    links = (line.split() for line in _lines("tzdata.zi") if line.startswith("L "))
    return {alias: target for _, target, alias in links}


@cache
def _countries_of_zones() -> Mapping[str, str]:
    return {zone: country for country, _, zone, *_ in _rows("zone.tab")}


def _lines(file: str) -> list[str]:
    return files("tzdata").joinpath("zoneinfo", file).read_text("utf-8").splitlines()


def _rows(file: str) -> list[list[str]]:
    return [line.split("\t") for line in _lines(file) if not line.startswith("#")]
