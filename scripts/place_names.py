"""Extracts the names of countries, and of the cities that time zones are named after, from Unicode's CLDR.

`make places` regenerates `bot/autopost/place_names.json` with Babel, which only this script needs.
"""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.core import get_cldr_version, get_global
from babel.languages import get_official_languages

PLACE_NAMES = Path(__file__).parents[1] / "bot" / "autopost" / "place_names.json"
ENGLISH = "en"
COMMON = ("de", "fr", "es", "pt", "pt_PT", "ja", "zh", "zh_Hant", "ko", "ru")
"""The languages in which every place is named, in addition to English and the country's own languages."""
LICENCE = "Unicode License v3, in LICENSE.unicode beside this file"


def place_names() -> dict[str, object]:
    """All names of each place: first the English one, then different spellings in other languages."""
    countries = dict(_rows("iso3166.tab"))
    cities = {zone: country for country, _, zone, *_ in _rows("zone.tab")}
    return {
        "source": f"Unicode CLDR {get_cldr_version()}, by way of Babel {version('babel')}",
        "licence": LICENCE,
        "countries": {code: _distinct(_country(code, language) for language in _languages(code)) for code in countries},
        "cities": {zone: _distinct(_city(zone, language) for language in _languages(cities[zone])) for zone in cities},
    }


def written(names: Mapping[str, object]) -> str:
    """The names as JSON with one line for each place, so that diffs are small."""
    text = json.dumps(names, ensure_ascii=False)
    return text.replace("], ", "],\n").replace(": {", ": {\n").replace("}", "\n}").replace("\n}, ", "\n},\n") + "\n"


def main() -> None:
    """Write `place_names.json`."""
    PLACE_NAMES.write_text(written(place_names()), encoding="utf-8")


def _country(code: str, language: str) -> str | None:
    locale = _locale(language)
    return locale.territories.get(code) if locale else None


def _city(zone: str, language: str) -> str | None:
    """The city's name in a language; if CLDR has none, the zone's own spelling for English, and None otherwise."""
    locale = _locale(language)
    spellings = [zone, *_older_names().get(zone, [])]
    names = (locale.time_zones.get(spelling, {}).get("city") for spelling in spellings) if locale else ()
    own = next((name for name in names if name), None)
    return own or (zone.rpartition("/")[2].replace("_", " ") if language == ENGLISH else None)


def _languages(country: str) -> Iterable[str]:
    return dict.fromkeys([ENGLISH, *COMMON, *get_official_languages(country, de_facto=True)])


@cache
def _locale(language: str) -> Locale | None:
    try:
        return Locale.parse(language)
    except UnknownLocaleError:
        return None


@cache
def _older_names() -> Mapping[str, list[str]]:
    """The older names of renamed zones, under which CLDR may still list them."""
    older: dict[str, list[str]] = {}
    for alias, zone in get_global("zone_aliases").items():
        older.setdefault(zone, []).append(alias)
    return older


def _distinct(names: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(name for name in names if name))


def _rows(file: str) -> list[list[str]]:
    lines = files("tzdata").joinpath("zoneinfo", file).read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


if __name__ == "__main__":
    main()
