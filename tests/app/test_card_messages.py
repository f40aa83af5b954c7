"""A card as a Discord message: whatever the data is, Discord must accept it, and it must not ping anyone."""

import asyncio
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest
from discord.http import handle_message_parameters

from bot.app.messages import PreparedCard, PreparedEmbed, edit_of, message_of, post_of, prepare_card, send_card
from bot.market.boards import Board, BoardKind, Metric
from bot.market.editions import Edition
from bot.presentation.cards import make_card
from tests.discord_description import Operation, assert_valid_body
from tests.discord_description.samples import sent
from tests.odd_snapshots import ODD, boards_of, snapshot_of, task

PICTURE = b"\x89PNG"
SOME = 4
"""How many subjects of each kind are tested; the first ones of odd snapshots are odd."""


def card_of(edition: Edition, board: Board) -> PreparedCard:
    return prepare_card(make_card(board, edition, age=83), PICTURE)


def assert_discord_accepts(edition: Edition) -> None:
    """Cards by requests as new messages, and cards by tokens as edits."""
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
async def test_discord_accepts_every_card_of_an_odd_snapshot(name: str) -> None:
    """Every kind of board by both metrics, within all limits and without pings."""
    assert_discord_accepts(Edition(ODD[name]()))


async def test_discord_accepts_every_card_of_the_sample(sample: Edition) -> None:
    """Every category, and the largest tasks and models of a real answer."""
    assert_discord_accepts(sample)


async def test_a_card_can_be_sent_any_number_of_times(sample: Edition) -> None:
    """Each message gets its own file, because discord.py can send a file only once."""
    card = card_of(sample, Board(BoardKind.CATEGORY, "code"))
    first, second = message_of(card), message_of(card)

    assert first["file"] is not second["file"]
    assert PICTURE == first["file"].fp.read() == second["file"].fp.read()


async def test_card_without_a_picture_removes_the_old_one() -> None:
    """A switch to an empty board does not keep the picture of the previous board."""
    edition = Edition(snapshot_of([task("code:one")]))
    card = card_of(edition, Board(BoardKind.TASK, "code:gone"))

    assert "file" not in message_of(card)
    assert [] == edit_of(card)["attachments"]


async def test_view_is_made_once_and_leaves_nothing_behind(sample: Edition) -> None:
    """A view is finished from the start, even if made in a thread, so discord.py never stores it."""
    card = await asyncio.to_thread(card_of, sample, Board(BoardKind.OVERVIEW))
    view = message_of(card)["view"]

    assert view.is_finished()
    assert view is edit_of(card)["view"]
    assert view is not card_of(sample, Board(BoardKind.OVERVIEW)).view


async def test_json_is_made_once(sample: Edition) -> None:
    """Messages and edits reuse the JSON of the embed and of the components."""
    card = card_of(sample, Board(BoardKind.CATEGORY, "code"))
    new, edited = message_of(card), edit_of(card)

    assert new["embed"].to_dict() is edited["embed"].to_dict()
    assert new["view"].to_components() is edited["view"].to_components()


async def test_picture_has_its_alt_text_twice(sample: Edition) -> None:
    """The alt text is on the attachment and on the embed's image, in answers, edits and posts, as Discord describes."""
    card = card_of(sample, Board(BoardKind.CATEGORY, "code"))
    for operation, parts in (
        (Operation.CREATE_MESSAGE, message_of(card)),
        (Operation.CREATE_MESSAGE, post_of(card, "a" * 24)),
        (Operation.EDIT_ORIGINAL, edit_of(card)),
    ):
        body, files = sent(handle_message_parameters(**parts))
        assert_valid_body(operation, body, files=files)
        image, attachment = body["embeds"][0]["image"], body["attachments"][0]
        assert image["description"] == attachment["description"]
        assert image["description"].startswith("Code. 12.2 % of classified requests")
        assert image["url"] == f"attachment://{attachment['filename']}"


async def test_card_without_a_picture_has_no_alt_text() -> None:
    """Without a picture there is no alt text."""
    card = card_of(Edition(snapshot_of([task("code:one")])), Board(BoardKind.TASK, "code:gone"))
    assert "image" not in card.embed.to_dict()


async def test_button_of_a_post_carries_its_nonce(sample: Edition) -> None:
    """It replaces the card's own guide button; everything else stays."""
    card = card_of(sample, Board(BoardKind.CATEGORY, "code"))
    *menus, buttons = post_of(card, "0123456789abcdef01234567")["view"].to_components()
    *own_menus, own_buttons = message_of(card)["view"].to_components()

    assert own_menus == menus
    assert own_buttons["components"][:-1] == buttons["components"][:-1]
    labels = [(one["label"], one["custom_id"]) for one in buttons["components"][-1:]]
    assert [("How to read this", "post:0123456789abcdef01234567")] == labels


def refusal(*path: str, code: int = 50035) -> discord.HTTPException:
    """What discord.py raises if Discord refuses a field of a message."""
    errors: Mapping[str, Any] = {"_errors": [{"code": "UNKNOWN_FIELD", "message": "Not allowed."}]}
    for name in reversed(path):
        errors = {name: errors}
    response = cast("Any", SimpleNamespace(status=400, reason="Bad Request"))
    return discord.HTTPException(response, {"code": code, "message": "Invalid Form Body", "errors": dict(errors)})


class TestRefusedAltText:
    @pytest.fixture(autouse=True)
    def _until_then(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Accept the alt text again after the test."""
        monkeypatch.setattr(PreparedEmbed, "has_alt_text", True)

    async def sending(self, card: PreparedCard, *refusals: discord.HTTPException) -> list[dict[str, Any]]:
        """Send until nothing is refused; the embeds of each request."""
        embeds: list[dict[str, Any]] = []
        waiting = list(refusals)

        async def send() -> None:
            body, _ = sent(handle_message_parameters(**message_of(card)))
            embeds.append(body["embeds"][0])
            if waiting:
                raise waiting.pop(0)

        await send_card(send)
        return embeds

    async def test_card_is_sent_without_it_and_so_are_all_others(self, sample: Edition) -> None:
        """A refusal costs one more request, but no card; later cards cost no more."""
        first, second = (card_of(sample, Board(BoardKind.CATEGORY, key)) for key in ("code", "data"))
        refused = refusal("embeds", "0", "image", "description")
        embeds = [*await self.sending(first, refused), *await self.sending(second)]

        assert [True, False, False] == ["description" in embed["image"] for embed in embeds]
        assert [first.card.embed.to_dict(), second.card.embed.to_dict()] == embeds[1:]

    @pytest.mark.parametrize(
        "refused",
        [
            refusal("embeds", "0", "description"),
            refusal("embeds", "0", "image", "url"),
            refusal("attachments", "0", "description"),
            refusal("embeds", "0", "image", "description", code=50013),
        ],
        ids=str,
    )
    async def test_other_refusals_are_raised(self, sample: Edition, refused: discord.HTTPException) -> None:
        """Another error is raised, and nothing is sent twice."""
        with pytest.raises(discord.HTTPException) as raised:
            await self.sending(card_of(sample, Board(BoardKind.CATEGORY, "code")), refused)
        assert refused is raised.value
        assert PreparedEmbed.has_alt_text

    async def test_second_refusal_is_raised(self, sample: Edition) -> None:
        """There is no third request."""
        card, refused = (
            card_of(sample, Board(BoardKind.CATEGORY, "code")),
            refusal("embeds", "0", "image", "description"),
        )
        with pytest.raises(discord.HTTPException):
            await self.sending(card, refused, refused)
