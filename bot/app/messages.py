"""A card as a Discord message. The JSON of its embed and controls is made once and reused for every message."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Self, TypedDict

import discord
from discord.types.embed import Embed as EmbedJSON

from bot.presentation.cards import Card
from bot.presentation.controls import POST_BUTTON_LABEL, Button, Controls, Option, Select, post_button_id

NOBODY = discord.AllowedMentions.none()

ComponentJSON = dict[str, Any]


class PreparedEmbed(discord.Embed):
    """A finished embed whose JSON is made once."""

    __slots__ = ("_json",)
    _json: EmbedJSON

    @classmethod
    def of(cls, embed: discord.Embed) -> Self:
        """Make a prepared embed from an ordinary one."""
        made = embed.to_dict()
        prepared = cls.from_dict(made)
        prepared._json = made  # noqa: SLF001 - its own attribute
        return prepared

    def to_dict(self) -> EmbedJSON:
        """The JSON; callers must not change it."""
        return self._json


class PreparedView(discord.ui.View):
    """Components whose JSON is made once and can be sent any number of times; can be made in any thread.

    It always counts as finished, so discord.py does not store it. Clicks are routed by their `custom_id`
    (see `cogs/rankings.py`), even after a restart.
    """

    def __init__(self, components: list[ComponentJSON]) -> None:
        """Take the action rows."""
        super().__init__(timeout=None)
        self._json = components

    def to_components(self) -> list[ComponentJSON]:
        """The JSON; callers must not change it."""
        return self._json

    def is_finished(self) -> bool:
        """Always true, so that discord.py does not store the view to wait for clicks."""
        return True


@dataclass(frozen=True)
class PreparedCard:
    """A card that is ready to be sent, with the JSON of its embed and controls."""

    card: Card
    embed: PreparedEmbed
    view: PreparedView


class CardMessage(TypedDict, total=False):
    """The parts of a new message, by the names of discord.py's parameters."""

    embed: discord.Embed
    view: discord.ui.View
    file: discord.File
    allowed_mentions: discord.AllowedMentions


class CardEdit(TypedDict):
    """The parts of an edit to a message, by the names of discord.py's parameters."""

    embed: discord.Embed
    view: discord.ui.View
    attachments: list[discord.File]
    allowed_mentions: discord.AllowedMentions


def prepare_card(card: Card) -> PreparedCard:
    """Make the JSON of a card; can be done in any thread."""
    return PreparedCard(card, PreparedEmbed.of(card.embed), PreparedView(components_of(card.controls)))


def message_of(prepared: PreparedCard) -> CardMessage:
    """Make the parts of one new message. discord.py can send a file only once, so call this for each message."""
    parts = CardMessage(embed=prepared.embed, view=prepared.view, allowed_mentions=NOBODY)
    for file in _files(prepared.card):
        parts["file"] = file
    return parts


def post_of(prepared: PreparedCard, nonce: str) -> CardMessage:
    """Make the parts of an autopost: a card with the button that identifies the post by its nonce."""
    parts = message_of(prepared)
    parts["view"] = PreparedView(_with_button(prepared.view.to_components(), post_button_id(nonce)))
    return parts


def edit_of(prepared: PreparedCard) -> CardEdit:
    """Make the parts of one edit. The card's picture replaces all attachments; a card without one removes them."""
    return CardEdit(
        embed=prepared.embed, view=prepared.view, attachments=_files(prepared.card), allowed_mentions=NOBODY
    )


def components_of(controls: Controls) -> list[ComponentJSON]:
    """Make the JSON of controls, each in its own action row, without the fields that have Discord's defaults."""
    return [_row([item]) for item in (*map(_menu, controls.selects), _button(controls.button))]


def _with_button(rows: Sequence[ComponentJSON], custom_id: str) -> list[ComponentJSON]:
    """Add a button to the last row if it has only buttons, otherwise in a new row."""
    button = _button(Button(custom_id, POST_BUTTON_LABEL))
    *others, last = rows or [_row([])]
    if all(item["type"] == button["type"] for item in last["components"]):
        return [*others, _row([*last["components"], button])]
    return [*rows, _row([button])]


def _row(items: Sequence[ComponentJSON]) -> ComponentJSON:
    return {"type": discord.ComponentType.action_row.value, "components": list(items)}


def _menu(select: Select) -> ComponentJSON:
    return {
        "type": discord.ComponentType.select.value,
        "custom_id": select.custom_id,
        "placeholder": select.placeholder,
        "options": [_option(option) for option in select.options],
    }


def _option(option: Option) -> ComponentJSON:
    made: ComponentJSON = {"label": option.label, "value": option.board.key}
    if option.chosen:
        made["default"] = True
    if option.description:
        made["description"] = option.description
    return made


def _button(button: Button) -> ComponentJSON:
    return {
        "type": discord.ComponentType.button.value,
        "style": discord.ButtonStyle.secondary.value,
        "label": button.label,
        "custom_id": button.custom_id,
    }


def _files(card: Card) -> list[discord.File]:
    picture = card.picture
    if picture is None:
        return []
    return [discord.File(BytesIO(picture.png), filename=picture.filename, description=picture.alt_text)]
