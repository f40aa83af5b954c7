"""Discord's rules for commands and autocomplete beyond its description."""

import re
from collections.abc import Iterator

from tests.discord_description import limits
from tests.discord_description.fields import Field, Problem, distinct, length, size_problems

CHAT_INPUT = 1
SUBCOMMAND, SUBCOMMAND_GROUP = 1, 2


def autocomplete_problems(data: Field) -> Iterator[Problem]:
    """Check the choices of an autocomplete."""
    if not isinstance(data["choices"].value, list):
        yield data["choices"].problem("missing")
    yield from choices_problems(data["choices"])


def choices_problems(choices: Field) -> Iterator[Problem]:
    """Check the number of choices, and each one's name and value."""
    yield from size_problems(choices, limits.CHOICES)
    yield from distinct([choice["name"] for choice in choices])
    for choice in choices:
        yield from size_problems(choice["name"], limits.CHOICE_NAME)
        yield from size_problems(choice["value"], limits.CHOICE_VALUE)


def commands_problems(commands: Field) -> Iterator[Problem]:
    """Check all commands of a bulk overwrite, and that their names are distinct."""
    chat = [command for command in commands if command["type"].value in {None, CHAT_INPUT}]
    yield from distinct([command["name"] for command in chat])
    if len(chat) > limits.CHAT_COMMANDS:
        yield commands.problem(f"{len(chat)} slash commands, {limits.CHAT_COMMANDS} are allowed")
    for command in chat:
        yield from command_problems(command)
        total = characters(command)
        if total > limits.COMMAND_CHARACTERS:
            reason = f"{total} characters in {command['name'].text!r}"
            yield command.problem(f"{reason}, {limits.COMMAND_CHARACTERS} are allowed")


def command_problems(command: Field) -> Iterator[Problem]:
    """Check a command, a group or an option, and everything below it."""
    options = list(command["options"])
    for name in spellings(command, "name"):
        yield from name_problems(name)
    for description in spellings(command, "description"):
        yield from size_problems(description, limits.COMMAND_DESCRIPTION)
    if command["description"].value is None:
        yield command["description"].problem("missing")
    if command["autocomplete"].value and command["choices"].value:
        yield command["choices"].problem("not allowed beside autocomplete")
    yield from choices_problems(command["choices"])
    yield from size_problems(command["options"], limits.COMMAND_OPTIONS)
    yield from distinct([option["name"] for option in options])
    yield from order_problems(options)
    for option in options:
        yield from command_problems(option)


def spellings(part: Field, name: str) -> Iterator[Field]:
    """A text and its localisations."""
    localised = part[f"{name}_localizations"]
    locales = list(localised.value) if isinstance(localised.value, dict) else []
    yield from [part[name], *(localised[locale] for locale in locales)]


def name_problems(name: Field) -> Iterator[Problem]:
    """Check for lower case and for the characters that Discord allows in names."""
    yield from size_problems(name, limits.COMMAND_NAME)
    if not re.fullmatch(r"[-_'\w]*", name.text) or name.text != name.text.lower():
        yield name.problem(f"{name.text!r} is not a lower-case word")


def order_problems(options: list[Field]) -> Iterator[Problem]:
    """Check that required options come first, and that subcommands are not mixed with values."""
    seen_optional = False
    nested = [option["type"].value in {SUBCOMMAND, SUBCOMMAND_GROUP} for option in options]
    if any(nested) and not all(nested):
        yield options[nested.index(False)].problem("a value beside subcommands")
    for option in options:
        if option["required"].value is True and seen_optional:
            yield option["required"].problem("required, after an option that is not")
        seen_optional = seen_optional or option["required"].value is not True


def characters(part: Field) -> int:
    """The length of all names, descriptions and values of a command, with the longest localisation of each."""
    own = sum(max(length(spelling.text) for spelling in spellings(part, name)) for name in ("name", "description"))
    value = part["value"].value
    own += 0 if value is None else length(str(value))
    return own + sum(characters(child) for name in ("options", "choices") for child in part[name])
