"""The gazetteer: every place that people name when they mean a time zone, with all its names.

The names of zones, countries and older spellings are read from tzdata. `place_names.json` has the cities and countries
in many languages, out of Unicode's CLDR (`make places` writes it, LICENSE.unicode goes with it). `places.txt` has what
neither knows: "NYC", states, provinces, "Pacific Time".
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
"""Offered before any typing, west to east, and ahead of equal matches; the last few only that."""

_CONTINENTS = {"Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Europe", "Indian", "Pacific"}
"""Behind these stand cities; behind others words such as Eastern."""
_IN_BRACKETS = re.compile(r"\s*[(\N{FULLWIDTH LEFT PARENTHESIS}].*?[)\N{FULLWIDTH RIGHT PARENTHESIS}]")
_DROPPED = ".'`\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}\N{MODIFIER LETTER TURNED COMMA}"
_SPELLED_PLAINLY = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "\N{LATIN SMALL LETTER DOTLESS I}": "i"}
    | dict.fromkeys(_DROPPED)
)


class Kind(IntEnum):
    """What a name names, in the order in which equal matches are offered."""

    CITY = 0
    COUNTRY = 1
    OTHER = 2


@dataclass(frozen=True, slots=True)
class Place:
    """Something that people name when they mean a time zone, with its zones, the usual one first."""

    label: str
    zones: tuple[str, ...]
    kind: Kind = Kind.CITY


def canonical_name(text: str) -> str | None:
    """The zone in use for a present or older name of one, in any case."""
    return _names().get("_".join(text.split()).casefold())


@cache
def zones() -> tuple[str, ...]:
    """All zones that a place has, the widely used first, then each country's in the database's order."""
    favour = {zone: place for place, zone in enumerate(WIDELY_USED)}
    return tuple(sorted(["UTC", *_countries_of_zones()], key=lambda zone: favour.get(zone, len(favour))))


def places_with_names() -> Iterator[tuple[Place, Iterable[str]]]:
    """All places: cities first, then what is written down, then countries."""
    yield from _cities()
    yield from _written_down()
    yield from _countries()


def comments() -> Mapping[str, str]:
    """What the time zone database says of each zone beside its name."""
    return {zone: " ".join(comment) for _, _, zone, *comment in _rows("zone.tab")}


def unaccented(text: str) -> str:
    """A text without case, accents and punctuation."""
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_SPELLED_PLAINLY)
    kept = (
        sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in plain if not unicodedata.combining(sign)
    )
    return unicodedata.normalize("NFC", " ".join("".join(kept).split()))


def _cities() -> Iterator[tuple[Place, Iterable[str]]]:
    """The cities that zones are named after, with the zones' own names."""
    aliases: defaultdict[str, list[str]] = defaultdict(list)
    for alias in _links():
        aliases[_names()[alias.casefold()]].append(alias)
    cities = _in_many_languages()["cities"]
    yield Place("Universal Time", ("UTC",)), ["UTC", "GMT"]
    for zone in zones()[1:]:
        names = cities.get(zone) or [zone.rpartition("/")[2].replace("_", " ")]
        known = [zone, *aliases[zone]]
        named_after = (name.rpartition("/")[2] for name in known if name.partition("/")[0] in _CONTINENTS)
        yield Place(names[0], (zone,)), [*map(_unbracketed, names), *known, *named_after]


def _written_down() -> Iterator[tuple[Place, Iterable[str]]]:
    for line in files("bot.autopost").joinpath("places.txt").read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        labels, others, where = (part.strip() for part in line.split("|"))
        kept = _zones_of_country(where[1:]) if where.startswith("@") else tuple(where.split())
        for label in labels.split("; "):
            yield Place(label, kept, Kind.OTHER), [label, label.partition(",")[0], *others.split(", ")]


def _countries() -> Iterator[tuple[Place, Iterable[str]]]:
    languages = _in_many_languages()["countries"]
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


def _in_many_languages() -> Mapping[str, Mapping[str, Sequence[str]]]:
    written: Mapping[str, Mapping[str, Sequence[str]]] = json.loads(
        files("bot.autopost").joinpath("place_names.json").read_text("utf-8")
    )
    return written


@cache
def _names() -> Mapping[str, str]:
    """Each valid name, folded in case, with the canonical name for it."""
    listed = {row[2] for row in _rows("zone.tab")}
    names = files("tzdata").joinpath("zones").read_text("utf-8").split()
    canonical = {name: name if name in listed else _links().get(name, name) for name in names}
    canonical |= {name: "UTC" for name, target in canonical.items() if target in {"Etc/UTC", "Etc/GMT"}}
    canonical["Iceland"] = "Atlantic/Reykjavik"  # a link to Abidjan, which keeps the same time
    del canonical["Factory"]  # the database's word for "not set"
    return {name.casefold(): target for name, target in canonical.items()}


@cache
def _links() -> Mapping[str, str]:
    """Each older or additional name with the one that it stands for."""
    links = (line.split() for line in _lines("tzdata.zi") if line.startswith("L "))
    return {alias: target for _, target, alias in links}


@cache
def _countries_of_zones() -> Mapping[str, str]:
    return {zone: country for country, _, zone, *_ in _rows("zone.tab")}


def _lines(file: str) -> list[str]:
    return files("tzdata").joinpath("zoneinfo", file).read_text("utf-8").splitlines()


def _rows(file: str) -> list[list[str]]:
    return [line.split("\t") for line in _lines(file) if not line.startswith("#")]
