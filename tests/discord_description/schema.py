"""A body against Discord's own description of it."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from jsonschema import (  # type: ignore[import-untyped] # it carries no types
    Draft202012Validator,
    FormatChecker,
)

from tests.discord_description.fields import Problem
from tests.discord_description.operations import Operation

CUT = Path(__file__).with_name("discord-openapi-cut.json")

# What the description does not name, and Discord nevertheless takes or ignores.
UNNAMED: Mapping[str, Sequence[str]] = {
    # discord.py says `tts: false` whatever it sends; in an edit it is ignored.
    "IncomingWebhookUpdateRequestPartial": ("tts",),
    "IncomingWebhookUpdateForInteractionCallbackRequestPartial": ("tts",),
    # Documented for commands, and sent by discord.py, but left out of the description.
    "ApplicationCommandUpdateRequest": ("nsfw",),
    # discord.py says `flags: 0` in every embed; it is Discord's to set, and ignored.
    "RichEmbed": ("flags",),
    # discord.py gives an attachment that an edit keeps back as it had received it; only `id` is read.
    "MessageAttachmentRequest": ("content_type", "height", "proxy_url", "size", "spoiler", "url", "width"),
    # discord.py marks an animated emoji; only `id` and `name` are read.
    "ComponentEmojiForRequest": ("animated",),
}


class SchemaError(Protocol):
    """What is read of an error of jsonschema."""

    validator: str
    validator_value: object
    instance: object
    message: str
    context: Sequence["SchemaError"]
    absolute_path: Sequence[str | int]
    relative_path: Sequence[str | int]
    relative_schema_path: Sequence[str | int]


def formats() -> FormatChecker:
    """Check instants alone; `int32` and its like are held by bounds, and addresses by the unwritten limits."""
    checker = FormatChecker(formats=())

    @checker.checks("date-time", raises=ValueError)  # type: ignore[untyped-decorator] # as above
    def is_instant(value: object) -> bool:
        return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None

    return checker


@cache
def description() -> dict[str, Any]:
    """Load the description, closed against misspelt keys and with its few deviations from practice mended."""
    loaded: dict[str, Any] = json.loads(CUT.read_text(encoding="utf-8"))
    schemas = loaded["components"]["schemas"]
    for name, schema in schemas.items():
        if "properties" in schema:
            schema["properties"] |= dict.fromkeys(UNNAMED.get(name, ()), True)
            # Discord ignores an unknown key, so a misspelt one would be lost without a word.
            schema.setdefault("additionalProperties", False)
    # Snowflakes are written as texts; Discord reads numbers too, and discord.py numbers attachments by them.
    schemas["SnowflakeType"] = {"anyOf": [schemas["SnowflakeType"], {"type": "integer", "minimum": 0}]}
    return loaded


@cache
def validator(operation: Operation) -> Draft202012Validator:
    """Make the validator of one operation's body; references resolve within the description."""
    whole = description()
    body = whole["paths"][operation.path][operation.method.lower()]["requestBody"]
    schema = body["content"]["application/json"]["schema"] | {"components": whole["components"]}
    return Draft202012Validator(schema, format_checker=formats())


def misfit(branch: Sequence[SchemaError]) -> tuple[bool, int]:
    """Say how little a value was meant for a branch of a union: another kind first, then by errors."""
    other_kind = any(
        list(error.relative_path) == ["type"] or (not error.relative_path and error.validator == "type")
        for error in branch
    )
    return other_kind, len(branch)


def is_list_of_values(error: SchemaError) -> bool:
    """Say whether a failed union only names values or types, as the description writes its enumerations."""
    return all(not child.relative_path and child.validator in {"const", "type"} for child in error.context)


def relevant(error: SchemaError) -> SchemaError:
    """Follow a failed union into the branch that the value was meant for, to the field that is wrong."""
    while error.context and not is_list_of_values(error):
        branches: dict[str | int, list[SchemaError]] = defaultdict(list)
        for child in error.context:
            branches[child.relative_schema_path[0]].append(child)
        meant = min(branches.values(), key=misfit)
        error = max(meant, key=lambda child: len(child.relative_path))
    return error


def clipped(text: str, most: int) -> str:
    """Shorten a text for a message of readable length."""
    return text if len(text) <= most else f"{text[:most]}…"


def told(error: SchemaError) -> Problem:
    """Turn an error into a path and a reason of readable length."""
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)
    if error.validator in {"required", "additionalProperties"}:
        return Problem(path.lstrip("."), clipped(error.message, 200))
    shown = clipped(repr(error.instance), 80)
    if error.context:
        named = ", ".join(repr(child.validator_value) for child in error.context)
        reason = f"{shown} is none of {named}"
    else:
        reason = f"{error.validator} {error.validator_value!r:.80} is broken by {shown}"
    return Problem(path.lstrip("."), reason)


def schema_problems(operation: Operation, body: object) -> Iterator[Problem]:
    """Give what is wrong with a body by Discord's own description."""
    for error in validator(operation).iter_errors(body):
        yield told(relevant(error))
