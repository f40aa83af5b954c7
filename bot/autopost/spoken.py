"""Reading what people type: times of day, days and time zones. A refusal is one sentence that says what to type."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from itertools import islice

from bot.autopost.schedule import Days, zone_named

_TIME = re.compile(r"(\d{1,2})(?:[:.h]?(\d{2}))?(?:([ap])\.?m\.?)?")
_OFFSET = re.compile(r"(?:utc|gmt)?([+-])(\d{1,2})(?::?([0-5]\d))?")
_ASK_FOR_TIME = "Type the time like 09:30, 9am or 9:30 pm."
_ASK_FOR_DAYS = "Type every day, weekdays or one weekday such as Monday."
_CLOCK_FACE = range(1, 13)
_READ_AT_MOST = 100  # characters of a place: as many as Discord's own choices have

# Offered before any typing, west to east, and ahead of equal matches; the last few only that.
_WIDELY_USED = (
    "UTC Pacific/Honolulu America/Los_Angeles America/Denver America/Mexico_City America/Chicago"
    " America/New_York America/Sao_Paulo Europe/London Europe/Madrid Europe/Paris Europe/Berlin Africa/Lagos"
    " Africa/Cairo Europe/Istanbul Europe/Moscow Asia/Dubai Asia/Karachi Asia/Kolkata Asia/Jakarta"
    " Asia/Singapore Asia/Shanghai Asia/Tokyo Australia/Sydney Pacific/Auckland"
    " America/Toronto Europe/Kyiv Asia/Almaty Asia/Seoul"
)
# What people call countries and places for which the time zone database has no such word.
_ALSO_KNOWN_AS: Mapping[str, str] = {
    "AE": "uae",
    "CZ": "czechia",
    "DE": "deutschland",
    "GB": "england, scotland, wales, great britain, united kingdom, uk",
    "NL": "holland",
    "TR": "turkiye",
    "US": "usa",
    "America/Chicago": "texas, houston, dallas, austin, cst, cdt, central time",
    "America/Denver": "colorado, salt lake city, mdt, mountain time",
    "America/Los_Angeles": "california, san francisco, seattle, las vegas, pst, pdt, pacific time",
    "America/New_York": "washington, boston, miami, florida, atlanta, est, edt, eastern time",
    "America/Sao_Paulo": "rio de janeiro, brasilia",
    "America/Toronto": "ottawa, quebec",
    "Asia/Dubai": "abu dhabi",
    "Asia/Ho_Chi_Minh": "hanoi",
    "Asia/Karachi": "islamabad, lahore",
    "Asia/Kolkata": "delhi, mumbai, bombay, bangalore, bengaluru, chennai, ist",
    "Asia/Shanghai": "beijing, peking, shenzhen, guangzhou",
    "Asia/Tokyo": "osaka, kyoto, jst",
    "Australia/Sydney": "aest, aedt",
    "Europe/Amsterdam": "rotterdam, the hague",
    "Europe/Berlin": "munich, hamburg, frankfurt, cologne, cest",
    "Europe/Istanbul": "ankara",
    "Europe/London": "manchester, edinburgh, bst",
    "Europe/Madrid": "barcelona",
    "Europe/Moscow": "saint petersburg, msk",
    "Europe/Rome": "milan, naples",
    "Europe/Zurich": "geneva, bern, basel",
    "Pacific/Auckland": "wellington",
}
# The kinds of phrase by which a zone is found, the weightiest first.
_NAME, _CITY, _COUNTRY, _ALIAS, _REGION, _KINDS = range(6)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A zone that can be found, with its folded phrases by kind and all their words."""

    name: str
    phrases: tuple[tuple[int, str], ...]
    words: frozenset[str]


def parse_time(text: str) -> time:
    """The time of day that a text means, such as `09:30`, `9`, `9:30 pm`, `21.30` or `noon`."""
    typed = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).casefold()
    if typed in {"noon", "midnight"}:
        return time(12 if typed == "noon" else 0)
    match = _TIME.fullmatch(typed)
    if match is None or (match[3] and int(match[1]) not in _CLOCK_FACE):
        raise ValueError(_ASK_FOR_TIME)
    hour, minute, half = int(match[1]), int(match[2] or 0), match[3]
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return time(hour, minute)
    except ValueError:
        raise ValueError(_ASK_FOR_TIME) from None


def parse_days(text: str) -> Days:
    """The days that a text means, such as `every day`, `weekdays`, `Mon` or `on Fridays`."""
    typed = _folded(text).removeprefix("on ").removesuffix("s")
    if typed in {"daily", "everyday", "every day"}:
        return Days.EVERY_DAY
    typed = typed.removeprefix("every ")
    if typed in {"workday", "working day"}:
        return Days.WEEKDAYS
    for days in Days:
        if len(typed) >= len("Mon") and days.value.casefold().startswith(typed):
            return days
    raise ValueError(_ASK_FOR_DAYS)


def parse_timezone(text: str, *, now: datetime) -> str:
    """The canonical IANA name for a zone's present or older name in any case, or for what means just one zone."""
    typed = text[:_READ_AT_MOST]
    name = _names().get(_as_name(typed))
    if name is not None:
        return name
    folded = _folded(typed)
    called = [entry.name for entry in _entries() if any(phrase == folded for _, phrase in entry.phrases)]
    found = called if len(called) == 1 else _found(typed, now)
    if len(found) == 1:
        return found[0]
    nearest = " or ".join(found[:3] or _nearest(folded, at_least=0.0))
    raise ValueError(f"Type a city and pick its time zone from the list: {nearest}.")


def find_timezones(typed: str, *, now: datetime, limit: int = 25) -> list[tuple[str, str]]:
    """Zones for a city, country, region or offset: best first, as (label with the offset at `now`, IANA name)."""
    typed = typed[:_READ_AT_MOST]
    name = _names().get(_as_name(typed))
    exact = [] if name is None else [name]
    names = dict.fromkeys([*exact, *_found(typed, now)] or _nearest(_folded(typed), at_least=0.6))
    return [(_label(name, now), name) for name in islice(names, limit)]


def load_timezones() -> None:
    """Read all zones' files once, in about 0.1 s, so that nobody's first keystroke has to wait for it."""
    for entry in _entries():
        zone_named(entry.name)


def _found(typed: str, now: datetime) -> list[str]:
    """The names of the zones that match, the best first."""
    offset = _typed_offset(typed)
    if offset is not None:
        return [entry.name for entry in _entries() if _offset(entry.name, now) == offset]
    folded = _folded(typed)
    return _ranked(folded) if folded else _WIDELY_USED.split()


def _ranked(typed: str) -> list[str]:
    words = typed.split()
    ranks = ((_rank(entry, typed, words), entry.name) for entry in _entries())
    found = [(rank, name) for rank, name in ranks if rank is not None]
    return [name for _, name in sorted(found, key=lambda pair: pair[0])]


def _rank(entry: _Entry, typed: str, words: list[str]) -> int | None:
    """How well a zone matches, 0 the best: a whole phrase, the beginning of one, or only words; None not at all."""
    kinds = (kind if phrase == typed else _KINDS + kind for kind, phrase in entry.phrases if phrase.startswith(typed))
    best = min(kinds, default=None)
    if best is None and all(any(known.startswith(word) for known in entry.words) for word in words):
        return 2 * _KINDS
    return best


def _nearest(typed: str, *, at_least: float) -> list[str]:
    """The three zones whose city is spelled most like the text."""
    cities = {phrase: entry.name for entry in _entries() for kind, phrase in entry.phrases if kind == _CITY}
    return [cities[city] for city in get_close_matches(typed, cities, n=3, cutoff=at_least)]


def _typed_offset(typed: str) -> timedelta | None:
    match = _OFFSET.fullmatch(re.sub(r"\s", "", typed).casefold().replace("\N{MINUS SIGN}", "-"))
    if match is None:
        return None
    offset = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    return -offset if match[1] == "-" else offset


def _offset(name: str, now: datetime) -> timedelta:
    return now.astimezone(zone_named(name)).utcoffset() or timedelta(0)


def _label(name: str, now: datetime) -> str:
    minutes = _offset(name, now) // timedelta(minutes=1)
    hours, rest = divmod(abs(minutes), 60)
    return f"{name} (UTC{'-' if minutes < 0 else '+'}{hours:02}:{rest:02})"


def _as_name(text: str) -> str:
    return "_".join(text.split()).casefold()


def _folded(text: str) -> str:
    """A text without case, accents and punctuation."""
    plain = (sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return " ".join(re.findall(r"[^\W_]+", "".join(plain).casefold()))


def _lines(file: str) -> list[str]:
    return files("tzdata").joinpath("zoneinfo", file).read_text("utf-8").splitlines()


def _rows(file: str) -> list[list[str]]:
    return [line.split("\t") for line in _lines(file) if not line.startswith("#")]


@cache
def _names() -> dict[str, str]:
    """Each valid name, folded in case, with the canonical name for it."""
    listed = {row[2] for row in _rows("zone.tab")}
    names = files("tzdata").joinpath("zones").read_text("utf-8").split()
    canonical = {name: name if name in listed else _links().get(name, name) for name in names}
    canonical |= {name: "UTC" for name, target in canonical.items() if target in {"Etc/UTC", "Etc/GMT"}}
    canonical["Iceland"] = "Atlantic/Reykjavik"  # a link to Abidjan, which keeps the same time
    del canonical["Factory"]  # the database's word for "not set"
    return {name.casefold(): target for name, target in canonical.items()}


@cache
def _links() -> dict[str, str]:
    """Each older or additional name with the one that it stands for."""
    links = (line.split() for line in _lines("tzdata.zi") if line.startswith("L "))
    return {alias: target for _, target, alias in links}


@cache
def _entries() -> tuple[_Entry, ...]:
    """All zones that a place has, the widely used first and then each country's in the database's order."""
    countries = dict(_rows("iso3166.tab"))
    aliases: defaultdict[str, list[str]] = defaultdict(list)
    for alias in _links():
        aliases[_names()[alias.casefold()]].append(alias)
    entries = [_Entry("UTC", ((_NAME, "utc"), (_CITY, "coordinated universal time")), frozenset(["utc"]))]
    for code, _, name, *comment in _rows("zone.tab"):
        entries.append(_entry(name, [code, countries[code]], aliases=aliases[name], comment=comment))
    favoured = {name: place for place, name in enumerate(_WIDELY_USED.split())}
    return tuple(sorted(entries, key=lambda entry: favoured.get(entry.name, len(favoured))))


def _entry(name: str, country: list[str], *, aliases: Iterable[str], comment: Iterable[str]) -> _Entry:
    region, *_, city = name.split("/")
    countries = [*country, country[1].partition("(")[0], *_ALSO_KNOWN_AS.get(country[0], "").split(",")]
    others = [*aliases, *(alias.rpartition("/")[2] for alias in aliases), *_ALSO_KNOWN_AS.get(name, "").split(",")]
    kinds = ((_NAME, [name]), (_CITY, [city]), (_COUNTRY, countries), (_ALIAS, others), (_REGION, [region]))
    phrases = tuple((kind, _folded(text)) for kind, texts in kinds for text in texts if text)
    words = " ".join([*(phrase for _, phrase in phrases), *map(_folded, comment)])
    return _Entry(name, phrases, frozenset(words.split()))
