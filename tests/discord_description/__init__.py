"""Whether Discord would accept a body: by its own OpenAPI description, and by limits that it documents elsewhere."""

import json
from collections.abc import Iterator, Mapping, Sequence

from tests.discord_description.commands import autocomplete_problems, commands_problems
from tests.discord_description.fields import Field, Problem
from tests.discord_description.messages import mention_problems, message_problems
from tests.discord_description.operations import Operation
from tests.discord_description.schema import schema_problems

__all__ = ["Body", "Operation", "Problem", "assert_valid_body", "body_problems"]

Body = Mapping[str, object] | Sequence[Mapping[str, object]] | None

ANSWER, UPDATE, AUTOCOMPLETE = 4, 7, 8


def assert_valid_body(operation: Operation, body: Body, *, files: Sequence[str] = ()) -> None:
    """Fail, naming each wrong field, unless Discord accepts the body with these files in this order."""
    problems = body_problems(operation, body, files=files)
    if problems:
        lines = "\n".join(f"  {problem}" for problem in problems)
        raise AssertionError(f"{operation.method} {operation.path} would be refused:\n{lines}")


def body_problems(operation: Operation, body: Body, *, files: Sequence[str] = ()) -> list[Problem]:
    """All that Discord would refuse in a body, one reason per field."""
    if operation is Operation.CROSSPOST:
        return [Problem("", "a crosspost has no body")] if body or files else []
    sent = json.loads(json.dumps(body, allow_nan=False))  # tuples and enums as on the wire
    problems: dict[str, Problem] = {}
    for problem in [*undescribed_problems(operation, Field("", sent), files), *schema_problems(operation, sent)]:
        problems.setdefault(problem.path, problem)
    return list(problems.values())


def undescribed_problems(operation: Operation, body: Field, files: Sequence[str]) -> Iterator[Problem]:
    """The problems of a body beyond the description."""
    match operation:
        case Operation.CALLBACK:
            yield from callback_problems(body, files)
        case Operation.REGISTER_COMMANDS:
            yield from commands_problems(body)
        case Operation.EDIT_ORIGINAL:
            # The first edit after a deferral creates the message, so it can ping like a new one.
            yield from mention_problems(body, needed=True)
            yield from message_problems(body, files, creates=False)
        case _:
            yield from mention_problems(body, needed=True)
            yield from message_problems(body, files, creates=True)


def callback_problems(body: Field, files: Sequence[str]) -> Iterator[Problem]:
    """The problems of an answer to an interaction, by its type."""
    kind, data = body["type"].value, body["data"]
    if kind == AUTOCOMPLETE:
        yield from autocomplete_problems(data)
    elif kind in {ANSWER, UPDATE}:
        yield from mention_problems(data, needed=kind == ANSWER)
        yield from message_problems(data, files, creates=kind == ANSWER)
    elif files:
        yield body.problem("files are sent with an answer that shows none")
