"""A card as a Discord message. The JSON of its embed and controls is made once and reused for every message."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, ClassVar, Self, TypedDict, TypeVar

import discord
from discord.types.embed import Embed as EmbedJSON

from bot.presentation.cards import Card
from bot.presentation.controls import Button, Controls, Option, Select

NOBODY = discord.AllowedMentions.none()

INVALID_FORM = 50035
ALT_TEXT_FIELD = "image.description"
"""Discord's name for the alt text of an embed's image, in its errors."""

ComponentJSON = dict[str, Any]
T = TypeVar("T")

log = logging.getLogger(__name__)


class PreparedEmbed(discord.Embed):
    """A finished embed whose JSON is made once. Its image has an alt text, which discord.py's embeds do not have."""

    __slots__ = ("_json", "_json_without_alt_text")
    _json: EmbedJSON
    _json_without_alt_text: EmbedJSON
    has_alt_text: ClassVar[bool] = True
    """Whether Discord accepts it, as far as this process knows."""

    @classmethod
    def of(cls, embed: discord.Embed, *, alt_text: str | None = None) -> Self:
        """Make a prepared embed from an ordinary one and the alt text of its image."""
        made = embed.to_dict()
        prepared = cls.from_dict(made)
        prepared._json = prepared._json_without_alt_text = made  # noqa: SLF001 - its own attributes
        if alt_text:
            image: Any = {**made.get("image", {}), "description": alt_text}
            prepared._json = {**made, "image": image}  # noqa: SLF001 - its own attribute
        return prepared

    def to_dict(self) -> EmbedJSON:
        """The JSON; callers must not change it."""
        return self._json if self.has_alt_text else self._json_without_alt_text


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
    """A card that is ready to be sent: the JSON of its embed and controls, and its PNG if the picture could be drawn."""

    card: Card
    embed: PreparedEmbed
    view: PreparedView
    png: bytes | None


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


def prepare_card(card: Card, png: bytes | None) -> PreparedCard:
    """Make the JSON of a card; can be done in any thread. Without a PNG, its embed shows no picture."""
    view = PreparedView(components_of(card.controls))
    if card.picture is None or png is None:
        return PreparedCard(card, PreparedEmbed.of(card.embed.copy().set_image(url=None)), view, None)
    return PreparedCard(card, PreparedEmbed.of(card.embed, alt_text=card.picture.alt_text), view, png)


async def send_card(send: Callable[[], Awaitable[T]]) -> T:
    """Call `send`, which sends a card. If Discord refuses the alt text in its embed, call it again without.

    After that, this process sends no such alt text. `send` must make the parts of its message on each call.
    Raise what it raises.
    """
    try:
        return await send()
    except discord.HTTPException as refused:
        if refused.code != INVALID_FORM or ALT_TEXT_FIELD not in refused.text:
            raise
    log.warning("Discord refuses the alt text of an embed's image: embeds have none until the next start.")
    PreparedEmbed.has_alt_text = False
    return await send()


def message_of(prepared: PreparedCard) -> CardMessage:
    """Make the parts of one new message. discord.py can send a file only once, so call this for each message."""
    parts = CardMessage(embed=prepared.embed, view=prepared.view, allowed_mentions=NOBODY)
    for file in files_of(prepared):
        parts["file"] = file
    return parts


def post_of(prepared: PreparedCard, nonce: str) -> CardMessage:
    """Make the parts of an autopost: a card whose button "How to read this" identifies the post by its nonce."""
    parts = message_of(prepared)
    *menus, _ = prepared.view.to_components()
    parts["view"] = PreparedView([*menus, _row_of_buttons(prepared.card.controls.marked(nonce))])
    return parts


def edit_of(prepared: PreparedCard) -> CardEdit:
    """Make the parts of one edit. The card's picture replaces all attachments; a card without one removes them."""
    return CardEdit(embed=prepared.embed, view=prepared.view, attachments=files_of(prepared), allowed_mentions=NOBODY)


def files_of(prepared: PreparedCard) -> list[discord.File]:
    """Make the attachments of one message: the picture, if it could be drawn."""
    picture = prepared.card.picture
    if picture is None or prepared.png is None:
        return []
    return [discord.File(BytesIO(prepared.png), filename=picture.filename, description=picture.alt_text)]


def components_of(controls: Controls) -> list[ComponentJSON]:
    """Make the JSON of controls: an action row for each menu, and one for all buttons.

    Fields that have Discord's defaults are left out.
    """
    return [*(_row([_menu(select)]) for select in controls.selects), _row_of_buttons(controls)]


def custom_ids_of(message: discord.Message | None) -> list[str]:
    """The `custom_id`s of all controls of a message."""
    rows = [row for row in message.components if isinstance(row, discord.ActionRow)] if message else []
    return [custom_id for row in rows for item in row.children if (custom_id := getattr(item, "custom_id", None))]


def _row_of_buttons(controls: Controls) -> ComponentJSON:
    return _row([_button(button) for button in controls.buttons])


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
