"""Values at a limit and one beyond it, for fields of the sample bodies; `...` removes the field."""

from collections.abc import Mapping
from typing import Any, Final

from tests.discord_description.samples import CHART

TWO_UNITS = "\N{GRINNING FACE}"  # one code point, two UTF-16 units


def field(name: str = "a", value: str = "b") -> dict[str, str]:
    """Make a field of an embed."""
    return {"name": name, "value": value}


def button(number: int) -> dict[str, Any]:
    """Make a button."""
    return {"type": 2, "style": 2, "label": "press", "custom_id": f"button-{number}"}


def row(*parts: object) -> dict[str, Any]:
    """Make an action row."""
    return {"type": 1, "components": list(parts)}


def option(number: int, **more: object) -> dict[str, object]:
    """Make an option of a select; all have the same label."""
    return {"label": "same", "value": str(number), **more}


FITTING: Final[Mapping[str, object]] = {
    "content": "x" * 2000,
    "embeds[0].title": "x" * 256,
    "embeds[0].description": "x" * 4096,
    "embeds[0].fields": [field()] * 25,
    "embeds[0].fields[0].name": "x" * 256,
    "embeds[0].fields[0].value": "x" * 1024,
    "embeds[0].footer.text": "x" * 2048,
    "embeds[0].author.name": "x" * 256,
    "components": [row(*(button(5 * line + place) for place in range(5))) for line in range(5)],
    "components[0].components[0].custom_id": "x" * 100,
    "components[0].components[0].placeholder": "x" * 150,
    "components[0].components[0].options": [option(number) for number in range(25)],
    "components[0].components[0].options[0].label": "x" * 100,
    "components[0].components[0].options[0].value": "x" * 100,
    "components[0].components[0].options[0].description": "x" * 100,
    "components[1].components[0].label": "x" * 80,
    "attachments[0].description": "x" * 1024,
    "nonce": "x" * 25,
    "allowed_mentions": {"parse": []},
}

BEYOND: Final[list[tuple[str, object]]] = [
    ("content", "x" * 2001),
    ("content", TWO_UNITS * 1001),
    ("embeds", [{"title": "x"}] * 11),
    ("embeds[0]", {"color": 1}),
    ("embeds[0].title", "x" * 257),
    ("embeds[0].title", TWO_UNITS * 129),
    ("embeds[0].description", "x" * 4097),
    ("embeds[0].fields", [field()] * 26),
    ("embeds[0].fields[0].name", ""),
    ("embeds[0].fields[0].name", " "),
    ("embeds[0].fields[0].name", "x" * 257),
    ("embeds[0].fields[0].value", ""),
    ("embeds[0].fields[0].value", "x" * 1025),
    ("embeds[0].footer.text", "x" * 2049),
    ("embeds[0].footer.text", ""),
    ("embeds[0].author.name", "x" * 257),
    ("embeds[0].author.name", ...),
    ("embeds[0].url", "openrouter.ai/rankings"),
    ("embeds[0].url", f"attachment://{CHART}"),
    ("embeds[0].author.url", "javascript:alert(1)"),
    ("embeds[0].image.url", "ftp://openrouter.ai/chart.png"),
    ("embeds[0].image.url", "attachment://other.png"),
    ("embeds[0].timestamp", "yesterday"),
    ("embeds[0].timestamp", "2026-08-31T00:00:00"),
    ("embeds[0].color", 0x1000000),
    ("components", [row(button(number)) for number in range(6)]),
    ("components[0].type", 99),
    ("components[0].components", []),
    ("components[1].components", [button(number) for number in range(6)]),
    ("components[0].components[0].custom_id", ""),
    ("components[0].components[0].custom_id", "x" * 101),
    ("components[1].components[0].custom_id", "pick"),
    ("components[1].components[0].custom_id", ...),
    ("components[1].components[0].label", "x" * 81),
    ("components[1].components[0].label", ...),
    ("components[1].components[0].url", "https://openrouter.ai"),
    ("components[1].components[1].url", "openrouter.ai"),
    ("components[1].components[0].style", 9),
    ("components[0].components[0].placeholder", "x" * 151),
    ("components[0].components[0].options", []),
    ("components[0].components[0].options", [option(number) for number in range(26)]),
    ("components[0].components[0].options", [option(number, default=True) for number in range(2)]),
    ("components[0].components[0].options[0].label", ""),
    ("components[0].components[0].options[0].label", "x" * 101),
    ("components[0].components[0].options[0].value", ""),
    ("components[0].components[0].options[0].value", "x" * 101),
    ("components[0].components[0].options[1].value", "code"),
    ("components[0].components[0].options[0].description", "x" * 101),
    ("components[0].components[0].max_values", 4),
    ("components[0].components[0].min_values", 2),
    ("attachments[0].description", "x" * 1025),
    ("attachments[0].id", 1),
    ("attachments[0].filename", "other.png"),
    ("allowed_mentions", ...),
    ("allowed_mentions.parse", ...),
    ("allowed_mentions.parse", ["everyone"]),
    ("allowed_mentions.users", [10**18]),
    ("allowed_mentions.replied_user", True),
    ("nonce", "x" * 26),
]

CHOICES_BEYOND: Final[list[tuple[str, object]]] = [
    ("data.choices", ...),
    ("data.choices", [{"name": str(number), "value": "x"} for number in range(26)]),
    ("data.choices[0].name", ""),
    ("data.choices[0].name", "x" * 101),
    ("data.choices[0].value", ""),
    ("data.choices[0].value", "x" * 101),
]

COMMANDS_BEYOND: Final[list[tuple[str, object]]] = [
    ("[0].name", "Rankings"),
    ("[0].name", "two words"),
    ("[0].name", "x" * 33),
    ("[0].description", "x" * 101),
    ("[0].description", ""),
    ("[0].contexts", []),
    ("[0].options", [{"type": 3, "name": f"o{number}", "description": "x"} for number in range(26)]),
    ("[0].options[0].name", "Task"),
    ("[0].options[0].options[1].name", "task"),
    ("[0].options[0].options[1].description", "x" * 101),
    ("[0].options[0].options[1].choices", [{"name": str(number), "value": "x"} for number in range(26)]),
    ("[0].options[0].options[1].choices[0].name", "x" * 101),
    ("[0].options[0].options[1].choices[0].value", "x" * 101),
    ("[0].options[0].options[1].type", 99),
]
