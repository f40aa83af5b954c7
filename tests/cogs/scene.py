"""What a test of the bot's Discord side holds in its hands: a server with people in it, and all that the bot sent."""

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
from bot.market.editions import Edition
from tests.discord_description import Operation

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
"""The day after the sample's `as_of`: it is fresh."""

CITATION = "Source: OpenRouter (openrouter.ai/rankings), as of 2026-08-31. Licensed under CC BY 4.0."

ANSWER, THINKING, THINKING_UPDATE, UPDATE = 4, 5, 6, 7
"""What the first answer to an interaction may be."""


class Sent(NamedTuple):
    """One request of the bot's."""

    method: str
    path: str
    body: Any
    files: tuple[str, ...]

    @property
    def operation(self) -> Operation | None:
        """What it asks Discord to do, where that has a body that is described."""
        return Operation.of(self.method, self.path)

    @property
    def fingerprint(self) -> str:
        """Equal for requests that ask for the same with the same body."""
        return json.dumps([self.operation and self.operation.name, self.body, self.files])

    @property
    def step(self) -> tuple[str, int | None]:
        """The method, and the kind of a first answer."""
        return self.method, self.body["type"] if self.operation is Operation.CALLBACK else None


class StoredMarket:
    """A market that has its edition from the first moment on."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        self.archived: list[Edition] = []
        """Those of earlier days."""

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


class EmptyMarket:
    """A market that has nothing yet: it fetches when it is asked, and that may take its time or fail."""

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
        """Have nothing again, as another process would."""
        self._edition = None


@dataclass(frozen=True)
class Scene:
    """A server with a channel, somebody who asks, and a guest."""

    env: simcord.Env
    channel: ChannelHandle
    asker: MemberActor
    guest: MemberActor
    sent: list[Sent]
    make_bot: Callable[[], RankingsBot]

    async def ask(self, command: str, **options: str) -> InteractionResult:
        """The asker's `/rankings COMMAND`."""
        return await self.asker.slash(self.channel, f"rankings {command}", **options)

    async def show(self, command: str, **options: str) -> ResponseMessage:
        """The message that answers the asker's `/rankings COMMAND`."""
        return answer_of(await self.ask(command, **options))

    async def ask_in_vain(self, command: str, **options: str) -> str:
        """The one sentence that the asker, and nobody else, gets instead of a card."""
        return self.refusal_of(await self.ask(command, **options))

    def refusal_of(self, result: InteractionResult) -> str:
        """The one sentence that whoever acted, and nobody else, is told; simcord learns that the error was meant."""
        assert self.env.errors
        return private_sentence_of(result)

    async def complete(self, command: str, option: str, typed: str) -> list[Mapping[str, Any]]:
        """What is offered while the asker types."""
        return list(await self.asker.autocomplete(self.channel, f"rankings {command}", option, typed))

    async def restart(self) -> None:
        """Another process takes the place of the bot's."""
        await self.env.restart_bot(self.make_bot())

    def steps_since(self, number: int) -> list[tuple[str, int | None]]:
        """The requests after the first `number`, in short."""
        return [request.step for request in self.sent[number:]]


def answer_of(result: InteractionResult) -> ResponseMessage:
    """The message that answers; there is one, and no other beside it."""
    assert result.response is not None
    assert [] == result.followups
    return result.response


def private_sentence_of(result: InteractionResult) -> str:
    """The one sentence for one person's eyes; what a command announced to all is gone."""
    messages = [message for message in (result.response, *result.followups) if message is not None]
    told = [message for message in messages if message.ephemeral]
    assert [[]] == [message.embeds for message in told]
    assert "Traceback" not in told[0].content
    assert [] == [message for message in messages if message.flags.loading]
    return told[0].content


def options_of(message: ResponseMessage, slot: str) -> dict[str, str]:
    """What the menu of a slot offers: each label and the board that it leads to."""
    return {option["label"]: option["value"] for option in menu_of(message, slot)["options"]}


def menu_of(message: ResponseMessage, slot: str) -> dict[str, Any]:
    """The menu of a slot: category, task or model."""
    (menu,) = menus_of(message, slot)
    return menu


def menus_of(message: ResponseMessage, slot: str) -> list[dict[str, Any]]:
    """The menu of a slot, if the card has one."""
    components = [component for row in message.components for component in row["components"]]
    return [one for one in components if str(one["custom_id"]).startswith(f"board:{slot}:")]
