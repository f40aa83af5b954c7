"""The validator of request bodies: accepts what discord.py sends, and names each field beyond a limit."""

import re
from typing import Any

import pytest
from discord import app_commands
from discord.http import handle_message_parameters
from discord.webhook.async_ import interaction_message_response_params, interaction_response_params

from tests.discord_description import Body, Operation, assert_valid_body, body_problems
from tests.discord_description.edges import BEYOND, CHOICES_BEYOND, COMMANDS_BEYOND, FITTING, button
from tests.discord_description.samples import CHART, MENTIONS_OFF, card, embed, rankings_commands, sent

SILENT: dict[str, object] = {"allowed_mentions": {"parse": []}}


@pytest.fixture
async def message() -> Any:
    """The body of a card as a channel message."""
    body, _ = sent(handle_message_parameters("hello", nonce="123:2026-08-31", **card()))
    return body


@pytest.fixture
def autocomplete() -> Any:
    """The body that answers an autocomplete."""
    choices = [app_commands.Choice(name="Debugging", value="code:debugging").to_dict()]
    return interaction_response_params(8, {"choices": choices}).payload


@pytest.fixture
async def commands() -> Any:
    """The body that registers commands."""
    return await rankings_commands()


def put(body: Any, path: str, value: object) -> None:
    """Set the field at a path such as `embeds[0].title`, or remove it if the value is `...`."""
    *steps, last = [int(step) if step.isdecimal() else step for step in re.findall(r"\w+", path)]
    for step in steps:
        body = body[step]
    if value is ...:
        del body[last]
    else:
        body[last] = value


def assert_wrong(expected: list[str], operation: Operation, body: Body, *files: str) -> None:
    """Compare the paths of all wrong fields."""
    actual = [problem.path for problem in body_problems(operation, body, files=files)]
    assert expected == actual


def assert_named(path: str, operation: Operation, body: Body, *files: str) -> None:
    """Expect the path of a wrong field at the start of a line of the failure."""
    with pytest.raises(AssertionError, match=rf"(?m)^  {re.escape(path)}: "):
        assert_valid_body(operation, body, files=files)


async def test_cards_that_discord_py_sends_pass() -> None:
    """A message with embed, file, select and buttons passes in every operation."""
    for operation in (Operation.CREATE_MESSAGE, Operation.FOLLOW_UP, Operation.EDIT_ORIGINAL):
        body, files = sent(handle_message_parameters("hello", **card()))
        assert_valid_body(operation, body, files=files)
    for kind in (4, 7):
        body, files = sent(interaction_message_response_params(type=kind, **card()))
        assert_valid_body(Operation.CALLBACK, body, files=files)


@pytest.mark.parametrize("kind", [5, 6])
def test_deferrals_pass(kind: int) -> None:
    """A deferral has no content, so it needs no `allowed_mentions`."""
    assert_valid_body(Operation.CALLBACK, interaction_response_params(kind).payload)
    assert_valid_body(Operation.CALLBACK, interaction_response_params(kind, {"flags": 64}).payload)


def test_autocomplete_and_commands_pass(autocomplete: Any, commands: Any) -> None:
    """The choices and the commands that discord.py makes pass, and so does having no choice."""
    assert_valid_body(Operation.CALLBACK, autocomplete)
    assert_valid_body(Operation.CALLBACK, interaction_response_params(8, {"choices": []}).payload)
    assert_valid_body(Operation.REGISTER_COMMANDS, commands)


def test_a_crosspost_has_no_body() -> None:
    """An empty body passes, any other does not."""
    assert_valid_body(Operation.CROSSPOST, None)
    assert_wrong([""], Operation.CROSSPOST, {"content": "hello"})


def test_an_edit_may_keep_an_attachment() -> None:
    """An attachment that discord.py gives back as received passes in an edit, not in a new message."""
    url = "https://cdn.discordapp.com/code.png"
    body, _ = sent(handle_message_parameters("hello", embed=embed(), allowed_mentions=MENTIONS_OFF))
    kept = {"id": 10**18, "filename": CHART, "size": 3, "url": url, "proxy_url": url, "spoiler": False}
    body["attachments"] = [kept]
    assert_valid_body(Operation.EDIT_ORIGINAL, body)
    assert_wrong(["attachments[0].id"], Operation.CREATE_MESSAGE, body)


@pytest.mark.parametrize("path", FITTING)
def test_what_just_fits_passes(message: Any, path: str) -> None:
    """A field at its limit passes."""
    put(message, path, FITTING[path])
    assert_valid_body(Operation.CREATE_MESSAGE, message, files=[CHART])


@pytest.mark.parametrize(("path", "value"), BEYOND, ids=lambda part: str(part)[:50])
def test_what_does_not_fit_is_named(message: Any, path: str, value: object) -> None:
    """A field one beyond its limit fails, and the message names it."""
    put(message, path, value)
    assert_named(path, Operation.CREATE_MESSAGE, message, CHART)


@pytest.mark.parametrize(("path", "value"), CHOICES_BEYOND, ids=lambda part: str(part)[:40])
def test_wrong_choices_are_named(autocomplete: Any, path: str, value: object) -> None:
    """Too many, too long or empty choices fail, and the message names them."""
    put(autocomplete, path, value)
    assert_named(path, Operation.CALLBACK, autocomplete)


@pytest.mark.parametrize(("path", "value"), COMMANDS_BEYOND, ids=lambda part: str(part)[:40])
def test_wrong_commands_are_named(commands: Any, path: str, value: object) -> None:
    """A command beyond a limit fails, and the message names the field."""
    put(commands, path, value)
    assert_named(path, Operation.REGISTER_COMMANDS, commands)


def test_required_options_come_first(commands: Any) -> None:
    """A required option after an optional one is named."""
    first, second = commands[0]["options"][0]["options"]
    first["required"], second["required"] = False, True
    assert_wrong(["[0].options[0].options[1].required"], Operation.REGISTER_COMMANDS, commands)


def test_a_command_has_8000_characters() -> None:
    """Names, descriptions and values count together, each text with its longest localisation."""
    choices = [{"name": f"{number:0100}", "value": f"{number:0100}"} for number in range(20)]
    options = [
        {"type": 3, "name": name, "description": "x" * 50, "choices": choices[place:]}
        for place, name in enumerate(("o1", "o2"))
    ]
    command = {"type": 1, "name": "wide", "description": "x" * 92, "options": options}
    assert_valid_body(Operation.REGISTER_COMMANDS, [command])
    command["description_localizations"] = {"de": "x" * 93}
    assert_wrong(["[0]"], Operation.REGISTER_COMMANDS, [command])


def test_all_embeds_of_a_message_count_together(message: Any) -> None:
    """All embeds of a message may have 6000 characters together, and not one more."""
    message["embeds"] = [{"description": "x" * 3000}, {"title": "x" * 200, "description": "x" * 2800}]
    assert_valid_body(Operation.CREATE_MESSAGE, message, files=[CHART])
    message["embeds"][1]["footer"] = {"text": "x"}
    assert_wrong(["embeds"], Operation.CREATE_MESSAGE, message, CHART)


def test_a_select_fills_its_row(message: Any) -> None:
    """A button beside a select is named."""
    message["components"][0]["components"].append(button(1))
    assert_wrong(["components[0].components"], Operation.CREATE_MESSAGE, message, CHART)


def test_components_v2_stand_alone(message: Any) -> None:
    """Text or embeds beside components V2 are named, and so are V2 components without the flag."""
    assert_wrong(["content", "embeds"], Operation.CREATE_MESSAGE, message | {"flags": 1 << 15}, CHART)
    message["components"] = [{"type": 10, "content": "hello"}]
    assert_wrong(["components[0].type"], Operation.CREATE_MESSAGE, message, CHART)


def test_each_file_has_its_entry(message: Any) -> None:
    """A file without an entry is named, and so is a file name that Discord would change."""
    assert_wrong(["attachments"], Operation.CREATE_MESSAGE, message, CHART, "second.png")
    message["attachments"][0]["filename"] = "my chart.png"
    message["embeds"][0]["image"]["url"] = "attachment://my chart.png"
    assert_wrong(["embeds[0].image.url"], Operation.CREATE_MESSAGE, message, "my chart.png")


def test_empty_messages_and_unknown_keys_are_named() -> None:
    """An empty message and a misspelt key fail."""
    assert_wrong([""], Operation.CREATE_MESSAGE, SILENT)
    with pytest.raises(AssertionError, match=r"(?m)^  body: .*'embed' was unexpected"):
        assert_valid_body(Operation.CREATE_MESSAGE, SILENT | {"content": "hello", "embed": {}})


def test_answers_to_interactions_are_named_inside_their_data() -> None:
    """A wrong field in an answer or an update is found below `data`; only an answer needs mentions."""
    data: dict[str, object] = {"content": "x" * 2001}
    assert_wrong(["data.allowed_mentions", "data.content"], Operation.CALLBACK, {"type": 4, "data": data})
    assert_wrong(["data.content"], Operation.CALLBACK, {"type": 7, "data": data})
    nonce = SILENT | {"content": "hello", "nonce": "1"}
    with pytest.raises(AssertionError, match="'nonce' was unexpected"):
        assert_valid_body(Operation.CALLBACK, {"type": 4, "data": nonce})


def test_requests_on_the_wire_find_their_operation() -> None:
    """A method and a path with version and query give the operation; None for others."""
    assert Operation.CALLBACK is Operation.of("post", "/api/v10/interactions/1/a:b/callback?with_response=true")
    assert Operation.EDIT_ORIGINAL is Operation.of("PATCH", "/webhooks/1/token/messages/@original")
    assert Operation.FOLLOW_UP is Operation.of("POST", "/api/v10/webhooks/1/token")
    assert Operation.CROSSPOST is Operation.of("POST", "/api/v10/channels/1/messages/2/crosspost")
    assert Operation.of("GET", "/api/v10/channels/1/messages") is None
