"""Read the time zones that people type, and offer them as choices.

A text that means one zone is taken: a zone's name, old or new, in any case, the whole name of a place or a time, an
offset that only one zone has. A text that may mean several is refused, and the error names the choices: nothing is
guessed.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice

from bot.autopost.gazetteer import WIDELY_USED, Kind, Place, canonical_name, unaccented, zones
from bot.autopost.places import city_names, places_called, zones_beginning, zones_with_words
from bot.autopost.schedule import zone_named
from bot.errors import ErrorCode, PlanError
from bot.market.spelling import spelled_alike

LONGEST_TYPED = 100
"""How many characters of a text are read: the most that a choice of Discord's can have."""
LIKE = 60
"""How alike (of 100) a city must be to what was typed, to be offered."""
NEAREST = 3
HALF_A_YEAR = timedelta(days=182)

_OFFSET = re.compile(r"(?:utc|gmt)?([+-])(\d{1,2})(?::?([0-5]\d))?")


def parse_timezone(text: str, *, now: datetime) -> str:
    """The canonical IANA name of the one zone that a text means; raise PlanError with the choices."""
    if len(text) > LONGEST_TYPED:  # the rest may say something else
        raise _unknown(text[:LONGEST_TYPED], now)
    name, meant = canonical_name(text), _meanings(text)
    if name is not None and _is_meant(name, meant, now):
        return name
    found = list(dict.fromkeys(zone for place in meant for zone in place.zones)) or _zones_at(text, now)
    if len(found) == 1:
        return found[0]
    raise _ambiguous(text, meant) if len(meant) > 1 else _unknown(text, now)


def find_timezones(typed: str, *, now: datetime, limit: int = 25) -> list[tuple[str, str]]:
    """Zones for a city, country, region or offset: best first, as (label with the offset at `now`, IANA name).

    The meanings of the whole text come first. If there are several, each label says which one it is.
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
    """Whether people mean a zone's clock by its name. By EST they mean New York's, but the zone is Panama's."""
    instants = (now, now + HALF_A_YEAR)
    others = {zone for place in meant if place.kind is Kind.OTHER for zone in place.zones}
    return all(_offset(other, at) == _offset(name, at) for other in others for at in instants)


def _meanings(typed: str) -> list[Place]:
    """The meanings of a whole text, one for each set of zones, under the label that is most like the text."""
    wanted = unaccented(typed)
    meanings: dict[frozenset[str], Place] = {}
    for place in places_called(typed):
        known = meanings.setdefault(frozenset(place.zones), place)
        if unaccented(place.label).startswith(wanted) and not unaccented(known.label).startswith(wanted):
            meanings[frozenset(place.zones)] = place
    return list(meanings.values())


def _ambiguous(typed: str, meant: Sequence[Place]) -> PlanError:
    meanings = tuple((place.label, place.zones) for place in meant)
    return PlanError(ErrorCode.AMBIGUOUS_PLACE, place=typed, meanings=meanings)


def _unknown(typed: str, now: datetime) -> PlanError:
    meant = [zone for place in _meanings(typed) for zone in place.zones]
    nearest = meant or _found(typed, now) or _nearest(typed, at_least=0)
    return PlanError(ErrorCode.UNKNOWN_PLACE, zones=tuple(nearest[:NEAREST]))


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
    """The zones whose city or other name is spelled most like the text."""
    known = city_names()
    names = list(known)
    found = spelled_alike(unaccented(typed), names, most=3 * NEAREST, at_least=at_least)
    return list(dict.fromkeys(known[names[place]] for place in found))[:NEAREST]


def _zones_at(typed: str, now: datetime) -> list[str]:
    """The zones whose clocks have the typed offset at `now`; none if the text is no offset."""
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
