"""What people call countries and the cities that time zones are named after, out of Unicode's CLDR.

`make places` writes `bot/autopost/place_names.json` anew, by way of Babel, which only this script needs.
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
"""The languages in which every place is named, beside English and its own."""
LICENCE = "Unicode License v3, in LICENSE.unicode beside this file"


def place_names() -> dict[str, object]:
    """All names: the English one first, then those in other languages that are spelled otherwise."""
    countries = dict(_rows("iso3166.tab"))
    cities = {zone: country for country, _, zone, *_ in _rows("zone.tab")}
    return {
        "source": f"Unicode CLDR {get_cldr_version()}, by way of Babel {version('babel')}",
        "licence": LICENCE,
        "countries": {code: _distinct(_country(code, language) for language in _languages(code)) for code in countries},
        "cities": {zone: _distinct(_city(zone, language) for language in _languages(cities[zone])) for zone in cities},
    }


def written(names: Mapping[str, object]) -> str:
    """The names as JSON, a line for each place, so that a change of one is a change of one line."""
    text = json.dumps(names, ensure_ascii=False)
    return text.replace("], ", "],\n").replace(": {", ": {\n").replace("}", "\n}").replace("\n}, ", "\n},\n") + "\n"


def main() -> None:
    """Write the file."""
    PLACE_NAMES.write_text(written(place_names()), encoding="utf-8")


def _country(code: str, language: str) -> str | None:
    locale = _locale(language)
    return locale.territories.get(code) if locale else None


def _city(zone: str, language: str) -> str | None:
    """What the language calls the city; where it says nothing, it is as the zone is spelled."""
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
    """The names by which CLDR still calls zones that were renamed."""
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
