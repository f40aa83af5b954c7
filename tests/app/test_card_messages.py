"""A card as a Discord message: whatever the source sends, Discord must take it, and nobody may be pinged."""

import pytest
from discord.http import handle_message_parameters

from bot.app.messages import edit_of, message_of, view_of
from bot.market.boards import Board, BoardKind, Metric
from bot.market.editions import Edition
from bot.presentation.cards import Card, make_card
from tests.discord_description import Operation, assert_valid_body
from tests.discord_description.samples import sent
from tests.odd_snapshots import ODD, boards_of, snapshot_of, task

PICTURE = b"\x89PNG"
SOME = 4
"""How many subjects of each kind are looked at; odd snapshots are odd from the first."""


def card_of(edition: Edition, board: Board) -> Card:
    return make_card(board, edition, age="This data is 83 days old: newer data has not arrived.")


def assert_discord_takes(edition: Edition) -> None:
    """Cards by requests as new messages, and those by tokens in the place of others."""
    for board in boards_of(edition, most=SOME):
        card = card_of(edition, board)
        if board.metric is Metric.REQUESTS:
            body, files = sent(handle_message_parameters(**message_of(card)))
            assert_valid_body(Operation.CREATE_MESSAGE, body, files=files)
        else:
            body, files = sent(handle_message_parameters(**edit_of(card)))
            assert_valid_body(Operation.EDIT_ORIGINAL, body, files=files)
        assert {"parse": []} == body["allowed_mentions"]


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("name", ODD)
async def test_discord_takes_every_card_of_an_odd_snapshot(name: str) -> None:
    """Every kind of board by both metrics, within all limits and pinging nobody."""
    assert_discord_takes(Edition(ODD[name]()))


@pytest.mark.usefixtures("undrawn")
async def test_discord_takes_every_card_of_the_sample(sample: Edition) -> None:
    """Every category and the largest tasks and models of a real answer."""
    assert_discord_takes(sample)


@pytest.mark.usefixtures("undrawn")
async def test_a_card_can_be_sent_again_and_again(sample: Edition) -> None:
    """A card is a value: each message has a file and a view of its own, as discord.py uses them up."""
    card = card_of(sample, Board(BoardKind.CATEGORY, "code"))
    first, second = message_of(card), message_of(card)

    assert first["file"] is not second["file"]
    assert PICTURE == first["file"].fp.read() == second["file"].fp.read()


async def test_card_without_a_picture_takes_the_old_one_away() -> None:
    """A switch to a board with nothing to draw leaves no picture of the board before."""
    edition = Edition(snapshot_of([task("code:one")]))
    card = card_of(edition, Board(BoardKind.TASK, "code:gone"))

    assert "file" not in message_of(card)
    assert [] == edit_of(card)["attachments"]


async def test_view_is_laid_out_once_and_leaves_nothing_behind(sample: Edition) -> None:
    """A view is stopped from the first moment: a hundred thousand cards make no second one and leave no listener."""
    card = card_of(sample, Board(BoardKind.OVERVIEW))
    view = message_of(card)["view"]

    assert view.is_finished()
    assert view is edit_of(card)["view"]
    assert view is not view_of(card_of(sample, Board(BoardKind.OVERVIEW)).controls)
