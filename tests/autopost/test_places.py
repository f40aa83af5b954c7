"""The names of places: their source, their zones, and their memory."""

import subprocess
import sys
from importlib.resources import files

import pytest

from bot.autopost.gazetteer import canonical_name, normalized, places_with_names, zones
from bot.autopost.places import places_by_name, places_called
from scripts.place_names import LICENCE, PLACE_NAMES, place_names, written

MOST_MEMORY = 2_000_000
"""The most memory for all names, in bytes."""
STATES = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA"
    " RI SC SD TN TX UT VT VA WA WV WI WY AB BC MB NB NL NS NT NU ON PE QC SK YT NSW QLD SA TAS VIC"
)


def test_the_names_in_many_languages_come_from_cldr() -> None:
    """The file is exactly what `make places` generates with Babel."""
    assert written(place_names()) == PLACE_NAMES.read_text("utf-8")


def test_the_licence_of_the_names_is_beside_them() -> None:
    """Unicode asks for its notice with every copy of its data."""
    assert "LICENSE.unicode" in LICENCE
    assert "UNICODE LICENSE V3" in files("bot.autopost").joinpath("LICENSE.unicode").read_text("utf-8")


def test_every_place_has_only_canonical_zones() -> None:
    """This fails if the time zone database renames a zone that a place names."""
    wrong = {
        (place.label, zone)
        for place, _ in places_with_names()
        for zone in place.zones or ("none",)
        if zone not in zones() or canonical_name(zone) != zone
    }
    assert set() == wrong


def test_every_name_is_normalized() -> None:
    """Names are normalized in the same way as typed text."""
    assert [] == [name for name in places_by_name() if name != normalized(name)]


@pytest.mark.parametrize("code", STATES.split())
def test_every_state_and_province_is_known_by_its_code(code: str) -> None:
    """Those of the United States, Canada and Australia."""
    assert {"America", "Australia", "Pacific"} & {
        zone.partition("/")[0] for place in places_called(code) if place.kind.name == "OTHER" for zone in place.zones
    }


def test_the_names_are_loaded_at_the_first_search_and_take_little_memory() -> None:
    """They take less than 2 MB, and nothing before the first search."""
    script = """
import tracemalloc
from bot.autopost import gazetteer, places
gazetteer.comments()  # loads the modules that read files
tracemalloc.start()
before = places.places_by_name.cache_info().currsize
places.zones_with_words("x"), places.zones_beginning("x"), places.city_names()
print(before, tracemalloc.get_traced_memory()[0])
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    before, kept = map(int, ran.stdout.split())

    assert 0 == before
    assert kept < MOST_MEMORY
