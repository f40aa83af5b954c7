"""Validation of a body by Discord's own description."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft202012Validator, ValidationError

from tests.discord_description.fields import Problem
from tests.discord_description.operations import Operation

CUT = Path(__file__).with_name("discord-openapi-cut.json")

# Fields that are not in the description, but that Discord accepts or ignores.
UNNAMED: Mapping[str, Sequence[str]] = {
    # discord.py always sends `tts: false`; Discord ignores it in an edit.
    "IncomingWebhookUpdateRequestPartial": ("tts",),
    "IncomingWebhookUpdateForInteractionCallbackRequestPartial": ("tts",),
    # Documented for commands and sent by discord.py, but missing from the description.
    "ApplicationCommandUpdateRequest": ("nsfw",),
    # discord.py sends `flags: 0` in every embed; only Discord sets it, so it is ignored.
    "RichEmbed": ("flags",),
    # discord.py sends kept attachments as it received them; Discord only reads the `id`.
    "MessageAttachmentRequest": ("content_type", "height", "proxy_url", "size", "spoiler", "url", "width"),
    # discord.py marks animated emojis; Discord only reads `id` and `name`.
    "ComponentEmojiForRequest": ("animated",),
}


@cache
def description() -> dict[str, Any]:
    """Load the description; forbid unknown keys, and correct its few errors."""
    loaded: dict[str, Any] = json.loads(CUT.read_text(encoding="utf-8"))
    schemas = loaded["components"]["schemas"]
    for name, schema in schemas.items():
        if "properties" in schema:
            schema["properties"] |= dict.fromkeys(UNNAMED.get(name, ()), True)
            # Discord ignores unknown keys, so a misspelt one would be lost silently.
            schema.setdefault("additionalProperties", False)
    # Snowflakes are strings; Discord also accepts numbers, which discord.py uses as ids of attachments.
    schemas["SnowflakeType"] = {"anyOf": [schemas["SnowflakeType"], {"type": "integer", "minimum": 0}]}
    return loaded


@cache
def validator(operation: Operation) -> Draft202012Validator:
    """The validator of one operation's body; references resolve within the description."""
    whole = description()
    body = whole["paths"][operation.path][operation.method.lower()]["requestBody"]
    schema = body["content"]["application/json"]["schema"] | {"components": whole["components"]}
    return Draft202012Validator(schema, validate_formats=True)


def context_of(error: ValidationError) -> list[list[ValidationError]]:
    """The errors of each branch of a failed union; empty if the error is not a union's."""
    context: list[list[ValidationError]] = getattr(error.kind, "context", [])
    return context


def is_list_of_values(error: ValidationError) -> bool:
    """Whether a failed union only lists values or types, as the description writes enumerations."""
    return all(
        child.instance_path == error.instance_path and child.kind.name in {"const", "type"}
        for branch in context_of(error)
        for child in branch
    )


def misfit(at: Sequence[str | int], branch: Sequence[ValidationError]) -> tuple[bool, int]:
    """How badly the value at a path fits a branch of a union: first by type, then by the number of errors."""
    other_kind = any(
        child.instance_path == [*at, "type"] or (child.instance_path == at and child.kind.name == "type")
        for child in branch
    )
    return other_kind, len(branch)


def relevant(error: ValidationError) -> ValidationError:
    """Follow a failed union into the branch that the value was meant for, down to the wrong field."""
    while context_of(error) and not is_list_of_values(error):
        meant = min(context_of(error), key=partial(misfit, error.instance_path))
        error = max(meant, key=lambda child: len(child.instance_path))
    return error


def clipped(text: str, most: int) -> str:
    """A text, shortened for a readable message."""
    return text if len(text) <= most else f"{text[:most]}…"


def path_and_reason(error: ValidationError) -> Problem:
    """The path and the reason of an error, shortened to be readable."""
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
    """The problems of a body by Discord's own description."""
    for error in validator(operation).iter_errors(body):
        yield path_and_reason(relevant(error))
