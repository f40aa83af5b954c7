from datetime import date

import pytest
from discord.http import handle_message_parameters

from bot.market.boards import Board
from bot.market.editions import Edition
from bot.presentation.board_sheets import make_sheet
from bot.presentation.guide import about_data, make_guide
from tests.discord_description import Operation, assert_valid_body
from tests.discord_description.samples import MENTIONS_OFF, sent
from tests.odd_snapshots import ODD, boards_of
from tests.presentation.bodies import odd
from tests.presentation.weeks import compared


def guide_to(board: str, edition: Edition) -> str:
    """All texts in the guide of a board."""
    embed = make_guide(make_sheet(Board.parse(board), edition, age=None))
    fields = "\n".join(f"{field.name}: {field.value}" for field in embed.fields)
    return f"{embed.title}\n{embed.description}\n{fields}\n{embed.footer.text}"


@pytest.mark.parametrize(
    "expected",
    [
        "How to read this\n**Code**\n12.2 % of classified requests, last 7 days. Each task's share of all classified requests",
        "What it is, and is not: OpenRouter samples the requests that it routes to language models and classifies them by task.",
        "total traffic is not published",
        "Each provider counts tokens with its own tokenizer, so token shares compare models only roughly.",
        "Window: the 7 days up to 2026-08-31 (UTC)",
        "CC BY 4.0",
        "Source: OpenRouter (openrouter.ai/rankings), as of 2026-08-31. Licensed under CC BY 4.0.",
    ],
)
def test_guide_says_what_the_figures_are_and_are_not(sample: Edition, expected: str) -> None:
    """Sampled, classified, without volumes; with the window, the date and the licence."""
    assert expected in guide_to("code", sample)


def test_guide_explains_changes(sample: Edition) -> None:
    """That they are computed, since when, and what the signs mean; or from when on they will show."""
    said = guide_to("code", compared())
    assert "Changes: Changes in points since 2026-08-31 are computed. ▲ 0.8 means 0.8 points more than then" in said
    assert "“new” was not listed then. A leader is new if another model led then." in said
    assert "Changes: Changes will show from 2026-09-07 on.\nComputed" in guide_to("code", sample)


def test_guide_leads_to_the_page_about_figures(sample: Edition) -> None:
    """With a link, if the operator has said where it is."""
    sheet = make_sheet(Board.parse("code"), sample, age=None)
    named, linked = (
        " ".join(str(field.value) for field in make_guide(sheet, figures_url=url).fields)
        for url in (None, "https://example.org/figures")
    )
    assert "are computed by this bot from them; docs/figures.md explains each, with an example." in named
    assert "; [docs/figures.md](https://example.org/figures) explains each" in linked


@pytest.mark.parametrize(
    ("board", "expected"),
    [
        ("task:math/tokens", "Others may have more tokens."),
        ("model:stealth/ox-alpha", "Rank by requests among the task's models"),
        ("overview", "**What models are used for**\nShare of classified requests, last 7 days."),
    ],
)
def test_each_board_is_explained_as_its_card_is(sample: Edition, board: str, expected: str) -> None:
    """With the same sentences as the card."""
    assert expected in guide_to(board, sample)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (None, 1),
        (date(2026, 8, 31), 1),
        (date(2026, 8, 1), 2),
    ],
)
def test_data_is_introduced_with_its_day(sample: Edition, asked: date | None, expected: int) -> None:
    """With its source; if its day is not the card's, it says so."""
    lines = about_data(make_sheet(Board.parse("code"), sample, age=None), asked=asked).splitlines()
    assert "**Code** by requests, as CSV. Shares are fractions. Source: OpenRouter" in lines[0]
    assert ["The data of 2026-08-01 is not in the archive, so this is the newest."] * (expected - 1) == lines[1:]


@pytest.mark.parametrize("name", ODD)
def test_discord_takes_it(name: str) -> None:
    """With any labels."""
    edition = odd(name)
    for board in boards_of(edition, most=2):
        sheet = make_sheet(board, edition, age=None, is_whole=True)
        embed, content = make_guide(sheet), about_data(sheet, asked=None)
        body, files = sent(handle_message_parameters(content, embed=embed, allowed_mentions=MENTIONS_OFF))
        assert_valid_body(Operation.CREATE_MESSAGE, body, files=files)
