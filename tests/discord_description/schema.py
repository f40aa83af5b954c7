"""A body against Discord's own description of it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft202012Validator, ValidationError

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
    return Draft202012Validator(schema, validate_formats=True)


def context_of(error: ValidationError) -> list[list[ValidationError]]:
    """Give what is wrong by each branch of a failed union, or nothing if the error is no union's."""
    context: list[list[ValidationError]] = getattr(error.kind, "context", [])
    return context


def is_list_of_values(error: ValidationError) -> bool:
    """Say whether a failed union only names values or types, as the description writes its enumerations."""
    return all(
        child.instance_path == error.instance_path and child.kind.name in {"const", "type"}
        for branch in context_of(error)
        for child in branch
    )


def misfit(at: Sequence[str | int], branch: Sequence[ValidationError]) -> tuple[bool, int]:
    """Say how little the value at a path was meant for a branch of a union: another kind first, then by errors."""
    other_kind = any(
        child.instance_path == [*at, "type"] or (child.instance_path == at and child.kind.name == "type")
        for child in branch
    )
    return other_kind, len(branch)


def relevant(error: ValidationError) -> ValidationError:
    """Follow a failed union into the branch that the value was meant for, to the field that is wrong."""
    while context_of(error) and not is_list_of_values(error):
        meant = min(context_of(error), key=partial(misfit, error.instance_path))
        error = max(meant, key=lambda child: len(child.instance_path))
    return error


def clipped(text: str, most: int) -> str:
    """Shorten a text for a message of readable length."""
    return text if len(text) <= most else f"{text[:most]}…"


def told(error: ValidationError) -> Problem:
    """Turn an error into a path and a reason of readable length."""
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.instance_path)
    if error.kind.name in {"required", "additionalProperties"}:
        return Problem(path.lstrip("."), clipped(error.message, 200))
    shown = clipped(repr(error.instance), 80)
    if context_of(error):
        named = ", ".join(repr(child.kind.value) for branch in context_of(error) for child in branch)
        reason = f"{shown} is none of {named}"
    else:
        reason = f"{error.kind.name} {error.kind.value!r:.80} is broken by {shown}"
    return Problem(path.lstrip("."), reason)


def schema_problems(operation: Operation, body: object) -> Iterator[Problem]:
    """Give what is wrong with a body by Discord's own description."""
    for error in validator(operation).iter_errors(body):
        yield told(relevant(error))
