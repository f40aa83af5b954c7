"""A card as a Discord message. The JSON of its embed and its controls is made once and sent as often as the card."""

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
    """An embed that does not change any more: its JSON is made already."""

    __slots__ = ("_json",)
    _json: EmbedJSON

    @classmethod
    def of(cls, embed: discord.Embed) -> Self:
        """Make the JSON of an embed."""
        made = embed.to_dict()
        prepared = cls.from_dict(made)
        prepared._json = made  # noqa: SLF001 - its own, in the making
        return prepared

    def to_dict(self) -> EmbedJSON:
        """Give the JSON, which nobody may change."""
        return self._json


class PreparedView(discord.ui.View):
    """Components whose JSON is made already, to be sent any number of times; can be made in any thread.

    It always counts as finished, so discord.py keeps nothing of it. A click finds its way by its `custom_id`
    (see `cogs/rankings.py`), also after a restart.
    """

    def __init__(self, components: list[ComponentJSON]) -> None:
        """Take the action rows."""
        super().__init__(timeout=None)
        self._json = components

    def to_components(self) -> list[ComponentJSON]:
        """Give the JSON, which nobody may change."""
        return self._json

    def is_finished(self) -> bool:
        """Keep discord.py from waiting for clicks."""
        return True


@dataclass(frozen=True)
class PreparedCard:
    """A card, ready to be sent: its embed and its controls as JSON, its picture as PNG if it could be drawn."""

    card: Card
    embed: PreparedEmbed
    view: PreparedView
    png: bytes | None


class CardMessage(TypedDict, total=False):
    """What a card puts into a new message, by the names that discord.py gives them."""

    embed: discord.Embed
    view: discord.ui.View
    file: discord.File
    allowed_mentions: discord.AllowedMentions


class CardEdit(TypedDict):
    """What a card puts into an existing message."""

    embed: discord.Embed
    view: discord.ui.View
    attachments: list[discord.File]
    allowed_mentions: discord.AllowedMentions


def prepare_card(card: Card, png: bytes | None) -> PreparedCard:
    """Make the JSON of a card; can be done in any thread. Without a PNG, its embed shows no picture."""
    embed = card.embed if png else card.embed.copy().set_image(url=None)
    return PreparedCard(card, PreparedEmbed.of(embed), PreparedView(components_of(card.controls)), png)


def message_of(prepared: PreparedCard) -> CardMessage:
    """Make the parts of one new message. discord.py can send a file only once, so each message needs its own."""
    parts = CardMessage(embed=prepared.embed, view=prepared.view, allowed_mentions=NOBODY)
    for file in _files(prepared):
        parts["file"] = file
    return parts


def post_of(prepared: PreparedCard, nonce: str) -> CardMessage:
    """Make the parts of an autopost: a card, and the button that tells which post the message is."""
    parts = message_of(prepared)
    parts["view"] = PreparedView(_with_button(prepared.view.to_components(), post_button_id(nonce)))
    return parts


def edit_of(prepared: PreparedCard) -> CardEdit:
    """Make the parts of one edit. The card's picture replaces what was attached."""
    return CardEdit(embed=prepared.embed, view=prepared.view, attachments=_files(prepared), allowed_mentions=NOBODY)


def components_of(controls: Controls) -> list[ComponentJSON]:
    """Make the JSON of controls: each has an action row of its own. What Discord assumes anyway is left out."""
    return [_row([item]) for item in (*map(_menu, controls.selects), _button(controls.button))]


def _with_button(rows: Sequence[ComponentJSON], custom_id: str) -> list[ComponentJSON]:
    """Put one more button into the row of buttons, or into a row of its own."""
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


def _files(prepared: PreparedCard) -> list[discord.File]:
    picture = prepared.card.picture
    if picture is None or prepared.png is None:
        return []
    return [discord.File(BytesIO(prepared.png), filename=picture.filename, description=picture.alt_text)]
