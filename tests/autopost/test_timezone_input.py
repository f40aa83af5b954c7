"""Parsing the time zones that people type: one meaning is accepted, several meanings are refused with choices."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.autopost.gazetteer import canonical_name
from bot.autopost.places import places_by_name, places_called
from bot.autopost.timezone_input import find_timezones, parse_timezone
from bot.errors import PlanError
from bot.presentation.error_texts import error_sentence

WINTER = datetime(2026, 1, 15, tzinfo=UTC)
SUMMER = datetime(2026, 7, 15, tzinfo=UTC)


def names(typed: str, *, now: datetime = WINTER) -> list[str]:
    return [name for _, name in find_timezones(typed, now=now)]


def refusal_of(typed: str) -> str:
    with pytest.raises(PlanError) as refusal:
        parse_timezone(typed, now=WINTER)
    sentence = error_sentence(refusal.value)
    assert "from the list" in sentence
    return sentence


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("EST", "EST can mean Panama (America/Panama) or Eastern Time (America/New_York). Pick one from the list."),
        ("mst", "mst can mean Phoenix (America/Phoenix) or Mountain Time (America/Denver). Pick one from the list."),
    ],
)
def test_a_zone_name_that_people_use_for_another_zone_is_refused(typed: str, asked: str) -> None:
    """The zone EST is Panama's, which has no summer time; people in New York mean their own time."""
    assert asked == refusal_of(typed)
    assert all(f"({zone})" in asked for _, zone in find_timezones(typed, now=WINTER)[:2])


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("berlin", "Europe/Berlin"),
        ("ber", "Europe/Berlin"),
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/ber", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("America/New York", "America/New_York"),
        ("s\N{LATIN SMALL LETTER A WITH TILDE}o paulo", "America/Sao_Paulo"),
        ("germany", "Europe/Berlin"),
        ("japan", "Asia/Tokyo"),
        ("spain", "Europe/Madrid"),
        ("south korea", "Asia/Seoul"),
        ("canada", "America/Toronto"),
        ("uk", "Europe/London"),
        ("nz", "Pacific/Auckland"),
        ("lond", "Europe/London"),
        ("beijing", "Asia/Shanghai"),
        ("mumbai", "Asia/Kolkata"),
        ("calcutta", "Asia/Kolkata"),
        ("kiev", "Europe/Kyiv"),
        ("pst", "America/Los_Angeles"),
        ("us/eastern", "America/New_York"),
        ("utc", "UTC"),
        ("gmt", "UTC"),
        ("", "UTC"),
        ("brelin", "Europe/Berlin"),
        ("Etc/GMT+5", "Etc/GMT+5"),
        ("iceland", "Atlantic/Reykjavik"),
        ("lord howe", "Australia/Lord_Howe"),
    ],
)
def test_the_best_match_comes_first(typed: str, expected: str) -> None:
    """A city, country, older name, abbreviation or misspelling finds the zone that was meant."""
    assert expected == names(typed)[0]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("+5:30", "Asia/Kolkata"),
        ("UTC+5:30", "Asia/Kolkata"),
        ("gmt +0530", "Asia/Kolkata"),
        ("+1", "Europe/Berlin"),
        ("-5", "America/New_York"),
        ("\N{MINUS SIGN}3", "America/Sao_Paulo"),
        ("+0", "UTC"),
        ("-03:30", "America/St_Johns"),
        ("+14", "Pacific/Kiritimati"),
    ],
)
def test_an_offset_finds_the_zones_that_have_it_now(typed: str, expected: str) -> None:
    """A typed offset is the present one, with the usual sign."""
    assert expected in names(typed)


def test_an_offset_follows_the_season() -> None:
    """Berlin has +1 in winter and +2 in summer."""
    assert "Europe/Berlin" not in names("+2", now=WINTER)
    assert "Europe/Berlin" in names("+2", now=SUMMER)


@pytest.mark.parametrize(
    ("typed", "now", "expected"),
    [
        ("berlin", WINTER, "Europe/Berlin (UTC+01:00)"),
        ("berlin", SUMMER, "Europe/Berlin (UTC+02:00)"),
        ("kolkata", WINTER, "Asia/Kolkata (UTC+05:30)"),
        ("st johns", WINTER, "America/St_Johns (UTC-03:30)"),
        ("utc", WINTER, "UTC (UTC+00:00)"),
    ],
)
def test_a_label_shows_the_present_offset(typed: str, now: datetime, expected: str) -> None:
    """A label is the zone's name and its offset at the moment."""
    assert expected == find_timezones(typed, now=now)[0][0]


@settings(deadline=None)
@given(typed=st.text(max_size=30) | st.sampled_from(["a", "e", "america", "+", "UTC+", "us", "/"]))
def test_any_text_gives_choices_that_discord_accepts(typed: str) -> None:
    """There are at most 25 different ones, with labels of 1 to 100 characters, and each value is a zone."""
    choices = find_timezones(typed, now=WINTER)
    found = [name for _, name in choices]
    assert len(found) == len(set(found)) <= 25
    assert all(1 <= len(label) <= 100 for label, _ in choices)
    assert found == [parse_timezone(name, now=WINTER) for name in found]


def test_every_zone_is_found_by_its_name() -> None:
    """Each zone with a place is the first choice for its own name."""
    places = {name for letter in "abcdefghijklmnopqrstuvwxyz" for name in all_names(letter)}
    assert len(places) > 400
    assert not [name for name in sorted(places) if names(name)[0] != name]


def all_names(typed: str) -> list[str]:
    return [name for _, name in find_timezones(typed, now=WINTER, limit=1000)]


def test_every_iana_name_is_accepted() -> None:
    """Older and additional names, in upper or lower case, mean a zone with the same time."""
    known = sorted(available_timezones() - {"Factory", "localtime", "posixrules", "EST", "MST"})
    offsets = {
        name: [
            now.astimezone(ZoneInfo(zone)).utcoffset()
            for zone in (name, parse_timezone(name.upper(), now=WINTER))
            for now in (WINTER, SUMMER)
        ]
        for name in known
    }
    assert not [name for name, found in offsets.items() if found[:2] != found[2:]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("europe/berlin", "Europe/Berlin"),
        (" America/new york ", "America/New_York"),
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("US/Pacific", "America/Los_Angeles"),
        ("Europe/Oslo", "Europe/Oslo"),
        ("Tokyo", "Asia/Tokyo"),
        ("japan", "Asia/Tokyo"),
        ("Zulu", "UTC"),
        ("+5:45", "Asia/Kathmandu"),
    ],
)
def test_a_typed_zone_is_accepted(text: str, expected: str) -> None:
    """A text that means exactly one zone need not be picked from the list."""
    assert expected == parse_timezone(text, now=WINTER)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Brelin", "Europe/Berlin or "),
        ("germany", "Europe/Berlin or Europe/Busingen."),
        ("+1", "Europe/Madrid or Europe/Paris or Europe/Berlin."),
        ("", "UTC or "),
        ("Factory", " or "),
        ("../../etc/passwd", " or "),
        ("q" * 6000, " or "),
    ],
)
def test_an_unclear_zone_is_refused_with_the_nearest(text: str, expected: str) -> None:
    """The error is one sentence that says what to do and names up to three zones."""
    sentence = refusal_of(text)
    assert sentence.startswith("Type a city and pick its time zone from the list, such as ")
    assert expected in sentence
    assert len(sentence) < 200


@pytest.mark.parametrize(
    ("typed", "choices"),
    [
        ("LA", "Los Angeles (America/Los_Angeles), Louisiana (America/Chicago) or Laos (Asia/Vientiane)"),
        ("de", "Delaware (America/New_York) or Germany (Europe/Berlin or Europe/Busingen)"),
        ("CA", "California (America/Los_Angeles) or Canada (America/Toronto and others)"),
        ("In", "Indiana (America/Indiana/Indianapolis or America/Chicago) or India (Asia/Kolkata)"),
        ("birmingham", "Birmingham, Alabama (America/Chicago) or Birmingham, England (Europe/London)"),
        ("Washington", "Washington, D.C. (America/New_York) or Washington State (America/Los_Angeles)"),
    ],
)
def test_a_text_with_several_meanings_is_refused_with_the_choices(typed: str, choices: str) -> None:
    """The bot does not guess between a city, a state and a country, and repeats only the words of the text."""
    sentence = f"{typed} can mean {choices}. Pick one from the list."

    assert [sentence, sentence] == [refusal_of(typed), refusal_of(f" <**{typed}**> ")]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (
            "LA",
            [
                "Los Angeles: America/Los_Angeles (UTC-08:00)",
                "Louisiana: America/Chicago (UTC-06:00)",
                "Laos: Asia/Vientiane (UTC+07:00)",
            ],
        ),
        ("Georgia", ["Georgia, United States: America/New_York (UTC-05:00)", "Georgia: Asia/Tbilisi (UTC+04:00)"]),
        (
            "IST",
            [
                "India Standard Time: Asia/Kolkata (UTC+05:30)",
                "Irish Standard Time: Europe/Dublin (UTC+00:00)",
                "Israel Time: Asia/Jerusalem (UTC+02:00)",
            ],
        ),
        ("victoria", ["Victoria, Australia: Australia/Melbourne (UTC+11:00)"]),
    ],
)
def test_each_choice_names_its_meaning(typed: str, offered: list[str]) -> None:
    """The meanings come before other names that begin with the text."""
    labels = [label for label, _ in find_timezones(typed, now=WINTER)]

    assert offered == ([label for label in labels if label in offered] if len(offered) == 1 else labels[: len(offered)])


@pytest.mark.parametrize(
    ("typed", "zones"),
    [
        *((code, {"America/New_York"}) for code in ("GA", "MA", "MD", "ME", "NC", "PA", "SC", "VA", "DE", "CT", "ET")),
        *((code, {"America/Chicago"}) for code in ("AL", "AR", "IL", "MN", "MO", "MS", "IN", "NE", "SD", "TN", "KY")),
        *((code, {"America/Denver"}) for code in ("CO", "MT", "AZ")),
        ("ID", {"America/Boise", "Asia/Jakarta"}),
        ("PT", {"America/Los_Angeles", "Europe/Lisbon"}),
        ("SA", {"Asia/Riyadh", "Africa/Johannesburg", "Australia/Adelaide"}),
        ("WA", {"America/Los_Angeles", "Australia/Perth"}),
        ("NT", {"America/Edmonton", "Australia/Darwin"}),
        ("NL", {"America/St_Johns", "Europe/Amsterdam"}),
        ("PE", {"America/Halifax", "America/Lima"}),
        ("CST", {"America/Chicago", "Asia/Shanghai", "America/Havana"}),
        ("BST", {"Europe/London", "Asia/Dhaka", "Pacific/Bougainville"}),
        ("AST", {"America/Halifax", "America/Puerto_Rico", "Asia/Riyadh"}),
        ("PST", {"America/Los_Angeles", "Asia/Manila"}),
        ("AEST", {"Australia/Sydney", "Australia/Brisbane"}),
        ("GST", {"Asia/Dubai", "Atlantic/South_Georgia"}),
        ("Georgia", {"Asia/Tbilisi", "America/New_York"}),
        ("Victoria", {"Australia/Melbourne", "America/Vancouver", "Indian/Mahe"}),
        ("Portland", {"America/Los_Angeles", "America/New_York"}),
        ("San Jose", {"America/Los_Angeles", "America/Costa_Rica"}),
        ("San Juan", {"America/Argentina/San_Juan", "America/Puerto_Rico"}),
        ("C\N{LATIN SMALL LETTER O WITH ACUTE}rdoba", {"America/Argentina/Cordoba", "Europe/Madrid"}),
        ("korea", {"Asia/Seoul", "Asia/Pyongyang"}),
        ("Texas", {"America/Chicago", "America/Denver"}),
        ("florida", {"America/New_York", "America/Chicago"}),
        ("Ontario", {"America/Toronto", "America/Winnipeg"}),
        ("Quebec", {"America/Toronto", "America/Blanc-Sablon"}),
        ("pacific", {"America/Los_Angeles", "Pacific/Auckland"}),
        ("central", {"America/Chicago", "Europe/Berlin"}),
        ("Arizona time", {"America/Phoenix", "America/Denver"}),
    ],
)
def test_all_zones_of_an_ambiguous_text_are_offered(typed: str, zones: set[str]) -> None:
    """Codes of states and countries, abbreviations of times, cities with the same name, states in two zones."""
    refusal_of(typed)
    assert set() == zones - set(names(typed))


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("NYC", "America/New_York"),
        ("München", "Europe/Berlin"),
        ("muenchen", "Europe/Berlin"),
        ("new delhi", "Asia/Kolkata"),
        ("東京", "Asia/Tokyo"),
        ("东京", "Asia/Tokyo"),
        ("도쿄", "Asia/Tokyo"),
        ("Токио", "Asia/Tokyo"),
        ("日本", "Asia/Tokyo"),
        ("北京", "Asia/Shanghai"),
        ("台北", "Asia/Taipei"),
        ("서울", "Asia/Seoul"),
        ("Москва", "Europe/Moscow"),
        ("Київ", "Europe/Kyiv"),
        ("القاهرة", "Africa/Cairo"),
        ("กรุงเทพ", "Asia/Bangkok"),
        ("दिल्ली", "Asia/Kolkata"),
        ("Αθήνα", "Europe/Athens"),
        ("Wien", "Europe/Vienna"),
        ("Genf", "Europe/Zurich"),
        ("København", "Europe/Copenhagen"),
        ("kobenhavn", "Europe/Copenhagen"),
        ("İstanbul", "Europe/Istanbul"),
        ("Nueva York", "America/New_York"),
        ("Londres", "Europe/London"),
        ("Frankreich", "Europe/Paris"),
        ("Corée du Sud", "Asia/Seoul"),
        ("Pacific time", "America/Los_Angeles"),
        ("Pacific Standard Time", "America/Los_Angeles"),
        ("eastern daylight time", "America/New_York"),
        ("British Summer Time", "Europe/London"),
        ("India Standard Time", "Asia/Kolkata"),
        ("Berlin time", "Europe/Berlin"),
        ("CEST", "Europe/Berlin"),
        ("\N{FULLWIDTH LATIN CAPITAL LETTER N}yc", "America/New_York"),
        ("Washington, D.C.", "America/New_York"),
        ("St. John's", "America/St_Johns"),
        ("u.k.", "Europe/London"),
        ("London", "Europe/London"),
        ("Hawaii", "Pacific/Honolulu"),
        ("ohio", "America/New_York"),
        ("Birmingham, AL", "America/Chicago"),
        ("Birmingham UK", "Europe/London"),
        ("Portland, Oregon", "America/Los_Angeles"),
        ("Berlin, Germany", "Europe/Berlin"),
        ("Georgia, USA", "America/New_York"),
        ("san josé costa rica", "America/Costa_Rica"),
        ("Kansas City, Missouri, USA", "America/Chicago"),
        ("London, Ontario", "America/Toronto"),
        ("texas central time", "America/Chicago"),
        ("+5:45", "Asia/Kathmandu"),
    ],
)
def test_people_find_their_zone_by_the_name_they_use(typed: str, zone: str) -> None:
    """Short names, other languages and scripts, states, times by name, and a place within another."""
    assert zone == parse_timezone(typed, now=WINTER)
    assert zone == names(typed)[0]


@pytest.mark.parametrize(
    "typed",
    [
        "York",
        "Peters",
        "reykj",
        "vien",
        "in LA",
        "Paris, Texas",
        "Dublin Ohio",
        "LA " * 2000,
        "Berlin" + " " * 200 + "or Tokyo",
        "a " * 50,
        "la " * 33,
    ],
)
def test_a_part_of_a_name_is_refused(typed: str) -> None:
    """Even if it could mean only one zone, the error names the nearest to pick from."""
    assert refusal_of(typed).startswith("Type a city and pick its time zone from the list, such as ")


def test_parsing_and_choices_agree_for_every_name() -> None:
    """An accepted zone is the first choice; if a text is refused, its meanings are the first choices."""
    for name in sorted(places_by_name())[::25]:
        choices = find_timezones(name, now=WINTER)
        meant = {zone for place in places_called(name) for zone in place.zones}
        taken = {parse_timezone(name, now=WINTER)} if canonical_name(name) or len(meant) == 1 else set()
        assert taken or len(refusal_of(name)) < 400
        assert (taken or meant) >= {zone for _, zone in choices[: len(taken or meant)]}
        assert all(1 <= len(label) <= 100 for label, _ in choices)
