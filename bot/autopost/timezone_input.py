"""Reading the time zones that people type, and offering them as choices.

What means one zone is taken: a zone's name, old or new, in any case, the whole name of a place or a time, an offset
that one zone has. Whatever may mean several is asked about, with the choices named; nothing is guessed.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice

from rapidfuzz import fuzz, process

from bot.autopost.gazetteer import WIDELY_USED, Kind, Place, canonical_name, unaccented, zones
from bot.autopost.places import city_names, places_called, zones_beginning, zones_with_words
from bot.autopost.schedule import zone_named

LONGEST_TYPED = 100
"""Characters of a place that are looked at: as many as Discord's own choices have."""
LIKE = 60
"""The least likeness, of 100, at which a city is offered to who typed another."""
NEAREST = 3
HALF_A_YEAR = timedelta(days=182)
MOST_ZONES = 2
"""How many zones of one place a sentence names."""

_OFFSET = re.compile(r"(?:utc|gmt)?([+-])(\d{1,2})(?::?([0-5]\d))?")
_WORDS = re.compile(r"[\w.&'-]+")


def parse_timezone(text: str, *, now: datetime) -> str:
    """The canonical IANA name for what means just one zone; raise ValueError with a sentence that names the choices."""
    if len(text) > LONGEST_TYPED:  # what is not looked at may say something else
        raise ValueError(_ask(text[:LONGEST_TYPED], now))
    name, meant = canonical_name(text), _meanings(text)
    if name is not None and _is_meant(name, meant, now):
        return name
    found = list(dict.fromkeys(zone for place in meant for zone in place.zones)) or _zones_at(text, now)
    if len(found) == 1:
        return found[0]
    raise ValueError(_ask_which(text, meant) if len(meant) > 1 else _ask(text, now))


def find_timezones(typed: str, *, now: datetime, limit: int = 25) -> list[tuple[str, str]]:
    """Zones for a city, country, region or offset: best first, as (label with the offset at `now`, IANA name).

    What the whole text means comes first; if that is several things, each label says which it is.
    """
    typed = typed[:LONGEST_TYPED]
    name, meant = canonical_name(typed), _meanings(typed)
    choices: dict[str, str] = {}
    for place in meant:
        for zone in place.zones:
            choices.setdefault(zone, f"{place.label}: " if len(meant) > 1 else "")
    if name is not None and _is_meant(name, meant, now):
        choices = {name: choices.get(name, ""), **choices}
    choices = {**choices, **{zone: choices.get(zone, "") for zone in _found(typed, now)}}
    choices = choices or dict.fromkeys(_nearest(typed, at_least=LIKE), "")
    return [(f"{meaning}{_label(zone, now)}", zone) for zone, meaning in islice(choices.items(), limit)]


def _is_meant(name: str, meant: Sequence[Place], now: datetime) -> bool:
    """Whether people mean a zone's clock by its name: by EST they mean New York's, and the zone is Panama's."""
    instants = (now, now + HALF_A_YEAR)
    others = {zone for place in meant if place.kind is Kind.OTHER for zone in place.zones}
    return all(_offset(other, at) == _offset(name, at) for other in others for at in instants)


def _meanings(typed: str) -> list[Place]:
    """What a whole text means, once for each set of zones, under the label that is most like the text."""
    wanted = unaccented(typed)
    meanings: dict[frozenset[str], Place] = {}
    for place in places_called(typed):
        known = meanings.setdefault(frozenset(place.zones), place)
        if unaccented(place.label).startswith(wanted) and not unaccented(known.label).startswith(wanted):
            meanings[frozenset(place.zones)] = place
    return list(meanings.values())


def _ask_which(typed: str, meant: Sequence[Place]) -> str:
    named = [f"{place.label} ({_kept(place.zones)})" for place in meant]
    choices = f"{', '.join(named[:-1])} or {named[-1]}"
    return f"{' '.join(_WORDS.findall(typed))} can be {choices}: pick one from the list."


def _ask(typed: str, now: datetime) -> str:
    meant = [zone for place in _meanings(typed) for zone in place.zones]
    nearest = meant or _found(typed, now) or _nearest(typed, at_least=0)
    return f"Type a city and pick its time zone from the list: {' or '.join(nearest[:NEAREST])}."


def _kept(kept: Sequence[str]) -> str:
    return " or ".join(kept) if len(kept) <= MOST_ZONES else f"{kept[0]} and others"


def _found(typed: str, now: datetime) -> list[str]:
    """The names of the zones that match, the best first."""
    at_offset = _zones_at(typed, now)
    if at_offset:
        return at_offset
    if not unaccented(typed):
        return list(WIDELY_USED)
    ranks = zones_beginning(typed)
    beginning = sorted((zone for zone in zones() if zone in ranks), key=lambda zone: ranks[zone])
    return list(dict.fromkeys([*beginning, *zones_with_words(typed)]))


def _nearest(typed: str, *, at_least: float) -> list[str]:
    """Zones whose city, or what else they are known by, is spelled most like the text."""
    known = city_names()
    found = process.extract(
        unaccented(typed), known.keys(), scorer=fuzz.ratio, limit=3 * NEAREST, score_cutoff=at_least
    )
    return list(dict.fromkeys(known[name] for name, *_ in found))[:NEAREST]


def _zones_at(typed: str, now: datetime) -> list[str]:
    """The zones whose clocks have the offset that was typed, at `now`; none if it is no offset."""
    match = _OFFSET.fullmatch(re.sub(r"\s", "", typed).casefold().replace("\N{MINUS SIGN}", "-"))
    if match is None:
        return []
    offset = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    wanted = -offset if match[1] == "-" else offset
    return [zone for zone in zones() if _offset(zone, now) == wanted]


def _offset(name: str, now: datetime) -> timedelta:
    return now.astimezone(zone_named(name)).utcoffset() or timedelta(0)


def _label(name: str, now: datetime) -> str:
    minutes = _offset(name, now) // timedelta(minutes=1)
    hours, rest = divmod(abs(minutes), 60)
    return f"{name} (UTC{'-' if minutes < 0 else '+'}{hours:02}:{rest:02})"
