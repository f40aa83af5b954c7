"""Discord's limits in one table. Some are in its description too, but texts are counted more strictly here."""

from typing import Final

from tests.discord_description.fields import Span

CONTENT: Final = Span(0, 2000)  # the description's 4000 for channel messages only applies to paying users
MESSAGE_EMBEDS: Final = Span(0, 10)
MESSAGE_EMBED_CHARACTERS: Final = 6000  # of all embeds of one message together

EMBED_TEXTS: Final = {
    ("title",): Span(0, 256),
    ("description",): Span(0, 4096),
    ("footer", "text"): Span(1, 2048),
    ("author", "name"): Span(1, 256),
}
EMBED_FIELDS: Final = Span(0, 25)
EMBED_FIELD_NAME: Final = Span(1, 256)
EMBED_FIELD_VALUE: Final = Span(1, 1024)

ACTION_ROWS: Final = Span(0, 5)
ROW_BUTTONS: Final = Span(1, 5)
V2_COMPONENTS: Final = 40
CUSTOM_ID: Final = Span(1, 100)
BUTTON_LABEL: Final = Span(0, 80)
PLACEHOLDER: Final = Span(0, 150)
SELECT_OPTIONS: Final = Span(1, 25)
OPTION_TEXTS: Final = {"label": Span(1, 100), "value": Span(1, 100), "description": Span(1, 100)}

ATTACHMENTS: Final = Span(0, 10)
ALT_TEXT: Final = Span(0, 1024)

CHOICES: Final = Span(0, 25)
CHOICE_NAME: Final = Span(1, 100)
CHOICE_VALUE: Final = Span(1, 100)

CHAT_COMMANDS: Final = 100
COMMAND_NAME: Final = Span(1, 32)
COMMAND_DESCRIPTION: Final = Span(1, 100)
COMMAND_OPTIONS: Final = Span(0, 25)
COMMAND_CHARACTERS: Final = 8000
