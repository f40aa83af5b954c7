"""Editions of odd snapshots, and cards as discord.py sends them, checked against Discord's description."""

from functools import cache

from discord.http import MultipartParameters, handle_message_parameters
from discord.webhook.async_ import interaction_message_response_params

from bot.app.messages import edit_of, message_of, prepare_card
from bot.market.editions import Edition
from bot.presentation.cards import Card
from tests.discord_description import Operation, assert_valid_body
from tests.discord_description.samples import sent
from tests.fakes.drawer import PNG
from tests.odd_snapshots import ODD

ANSWER, UPDATE = 4, 7


@cache
def odd(name: str) -> Edition:
    """Make an edition of an odd snapshot, once."""
    return Edition(ODD[name]())


def assert_discord_takes(card: Card) -> None:
    """Answer an interaction with a card; needs a running event loop."""
    _assert_taken(
        Operation.CALLBACK, interaction_message_response_params(type=ANSWER, **message_of(prepare_card(card, PNG)))
    )


def assert_discord_takes_every_way(card: Card) -> None:
    """Send a card in every way; needs a running event loop."""
    assert_discord_takes(card)
    _assert_taken(
        Operation.CALLBACK, interaction_message_response_params(type=UPDATE, **edit_of(prepare_card(card, PNG)))
    )
    _assert_taken(Operation.CREATE_MESSAGE, handle_message_parameters(**message_of(prepare_card(card, PNG))))
    _assert_taken(Operation.EDIT_ORIGINAL, handle_message_parameters(**edit_of(prepare_card(card, PNG))))


def _assert_taken(operation: Operation, parameters: MultipartParameters) -> None:
    body, files = sent(parameters)
    assert_valid_body(operation, body, files=files)
