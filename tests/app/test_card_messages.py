"""A card as a Discord message: whatever the source sends, Discord must take it, and nobody may be pinged."""

import asyncio

import pytest
from discord.http import handle_message_parameters

from bot.app.messages import PreparedCard, edit_of, message_of, prepare_card
from bot.market.boards import Board, BoardKind, Metric
from bot.market.editions import Edition
from bot.presentation.cards import make_card
from tests.discord_description import Operation, assert_valid_body
from tests.discord_description.samples import sent
from tests.odd_snapshots import ODD, boards_of, snapshot_of, task

PICTURE = b"\x89PNG"
SOME = 4
"""How many subjects of each kind are looked at; odd snapshots are odd from the first."""


def card_of(edition: Edition, board: Board) -> PreparedCard:
    return prepare_card(make_card(board, edition, age=83), PICTURE)


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


@pytest.mark.parametrize("name", ODD)
async def test_discord_takes_every_card_of_an_odd_snapshot(name: str) -> None:
    """Every kind of board by both metrics, within all limits and pinging nobody."""
    assert_discord_takes(Edition(ODD[name]()))


async def test_discord_takes_every_card_of_the_sample(sample: Edition) -> None:
    """Every category and the largest tasks and models of a real answer."""
    assert_discord_takes(sample)


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


async def test_view_is_made_once_and_leaves_nothing_behind(sample: Edition) -> None:
    """A view is finished from the first moment, also one made in a thread: however often it is sent, nothing listens."""
    card = await asyncio.to_thread(card_of, sample, Board(BoardKind.OVERVIEW))
    view = message_of(card)["view"]

    assert view.is_finished()
    assert view is edit_of(card)["view"]
    assert view is not card_of(sample, Board(BoardKind.OVERVIEW)).view


async def test_json_is_made_once(sample: Edition) -> None:
    """Neither a message nor an edit makes the JSON of its embed or its components again."""
    card = card_of(sample, Board(BoardKind.CATEGORY, "code"))
    new, edited = message_of(card), edit_of(card)

    assert card.card.embed.to_dict() == new["embed"].to_dict()
    assert new["embed"].to_dict() is edited["embed"].to_dict()
    assert new["view"].to_components() is edited["view"].to_components()
