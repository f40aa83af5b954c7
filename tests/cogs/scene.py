"""The scene of the tests of the Discord side: a server with users, and all requests of the bot."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import simcord
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle
from simcord.results import InteractionResult, ResponseMessage

from bot.app.bot import RankingsBot
from bot.errors import NoSuchDayError
from bot.market.boards import Board
from bot.market.editions import Edition
from bot.operations.sample import SampleMarket
from tests.discord_description import Operation

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
"""The day after the sample's `as_of`, when it is fresh."""

CITATION = "Source: OpenRouter (openrouter.ai/rankings), as of 2026-08-31. Licensed under CC BY 4.0."

ANSWER, THINKING, THINKING_UPDATE, UPDATE = 4, 5, 6, 7
"""The types of a first answer to an interaction."""


class Sent(NamedTuple):
    """One request of the bot."""

    method: str
    path: str
    body: Any
    files: tuple[str, ...]

    @property
    def operation(self) -> Operation | None:
        """Its operation, if that has a described body."""
        return Operation.of(self.method, self.path)

    @property
    def fingerprint(self) -> str:
        """Equal for requests of the same kind with the same body."""
        return json.dumps([self.operation and self.operation.name, self.body, self.files])

    @property
    def step(self) -> tuple[str, int | None]:
        """The method, or the type of a first answer."""
        return self.method, self.body["type"] if self.operation is Operation.CALLBACK else None


class StoredMarket:
    """A market that has an edition from the start."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        self.archived: list[Edition] = []
        """Editions of earlier days."""

    def find_edition(self) -> Edition | None:
        return self.edition

    def recent_days(self) -> Sequence[date]:
        return [each.snapshot.as_of for each in (*self.archived, self.edition)]

    async def load_edition(self, as_of: date | None = None) -> Edition:
        if as_of is None:
            return self.edition
        for each in (self.edition, *self.archived):
            if each.snapshot.as_of == as_of:
                return each
        raise NoSuchDayError(as_of)

    async def load_past(self, board: Board, edition: Edition) -> Edition:
        return await SampleMarket().load_past(board, edition)


class EmptyMarket:
    """A market without data: a load fetches it, which may take time or fail."""

    def __init__(self, edition: Edition) -> None:
        self.error: Exception | None = None
        self.arrival: Callable[[], Awaitable[object]] | None = None
        self.coming = edition
        self._edition: Edition | None = None

    def find_edition(self) -> Edition | None:
        return self._edition

    def recent_days(self) -> Sequence[date]:
        return [] if self._edition is None else [self._edition.snapshot.as_of]

    async def load_edition(self, as_of: date | None = None) -> Edition:
        if self.arrival is not None:
            await self.arrival()
        if self.error is not None:
            raise self.error
        self._edition = self.coming
        return self._edition

    def forget(self) -> None:
        """Drop the data, as in a new process."""
        self._edition = None

    async def load_past(self, board: Board, edition: Edition) -> Edition:
        return edition


@dataclass(frozen=True)
class Scene:
    """A server with a channel, a user and a guest."""

    env: simcord.Env
    channel: ChannelHandle
    asker: MemberActor
    guest: MemberActor
    sent: list[Sent]
    make_bot: Callable[[], RankingsBot]

    async def ask(self, command: str, **options: str) -> InteractionResult:
        """Send `/rankings COMMAND` as the user."""
        return await self.asker.slash(self.channel, f"rankings {command}", **options)

    async def show(self, command: str, **options: str) -> ResponseMessage:
        """The message that answers `/rankings COMMAND`."""
        return answer_of(await self.ask(command, **options))

    async def ask_in_vain(self, command: str, **options: str) -> str:
        """The private sentence that the user gets instead of a card."""
        return self.refusal_of(await self.ask(command, **options))

    def refusal_of(self, result: InteractionResult) -> str:
        """The private sentence that an action gets; tells simcord that the error is expected."""
        assert self.env.errors
        return private_sentence_of(result)

    async def complete(self, command: str, option: str, typed: str) -> list[Mapping[str, Any]]:
        """What autocomplete offers to the user."""
        return list(await self.asker.autocomplete(self.channel, f"rankings {command}", option, typed))

    async def restart(self) -> None:
        """Replace the bot by one in a new process."""
        await self.env.restart_bot(self.make_bot())

    def steps_since(self, number: int) -> list[tuple[str, int | None]]:
        """The steps of the requests after the first `number`."""
        return [request.step for request in self.sent[number:]]


def answer_of(result: InteractionResult) -> ResponseMessage:
    """The message that answers; there must be no other."""
    assert result.response is not None
    assert [] == result.followups
    return result.response


def private_sentence_of(result: InteractionResult) -> str:
    """The one private sentence; a public deferral must be deleted."""
    messages = [message for message in (result.response, *result.followups) if message is not None]
    told = [message for message in messages if message.ephemeral]
    assert [[]] == [message.embeds for message in told]
    assert "Traceback" not in told[0].content
    assert [] == [message for message in messages if message.flags.loading]
    return told[0].content


def options_of(message: ResponseMessage, slot: str) -> dict[str, str]:
    """The options of a menu: each label and its board."""
    return {option["label"]: option["value"] for option in menu_of(message, slot)["options"]}


def menu_of(message: ResponseMessage, slot: str) -> dict[str, Any]:
    """The menu for a category, a task or a model."""
    (menu,) = menus_of(message, slot)
    return menu


def menus_of(message: ResponseMessage, slot: str) -> list[dict[str, Any]]:
    """The menu for a category, a task or a model, if the card has one."""
    components = [component for row in message.components for component in row["components"]]
    return [one for one in components if str(one["custom_id"]).startswith(f"board:{slot}:")]
