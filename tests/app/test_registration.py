"""Registration: compare the commands that Discord has with the bot's, and update them."""

import asyncio
import copy
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.app.bot import RankingsBot
from bot.app.connection import log_in
from bot.app.gallery import Gallery
from bot.app.registration import LONGEST_PAUSE, RECHECK_INTERVAL, Registrar, compare, payload_of
from bot.errors import ErrorCode, SettingsError
from bot.operations.terminal import check
from bot.presentation.error_texts import SENTENCES
from bot.settings import Settings
from tests.real_run import REGISTER
from tests.wire.accounts import as_discord_returns
from tests.wire.discord import DiscordStandIn
from tests.wire.faults import Fault
from tests.wire.in_process import open_bot, staying, until
from tests.wire.values import EPHEMERAL, Json

RELOAD = SENTENCES[ErrorCode.OUTDATED_COMMAND]
FOREIGN = {
    "name": "old",
    "description": "Of another version",
    "type": 1,
    "options": [{"type": 3, "name": "word", "description": "A word", "autocomplete": True}],
}
COMMANDS: list[Json] = [
    {
        "name": "say",
        "description": "Say it",
        "type": 1,
        "nsfw": False,
        "dm_permission": False,
        "default_member_permissions": 32,
        "contexts": [0],
        "integration_types": [0, 1],
        "options": [
            {"type": 7, "name": "where", "description": "There", "required": True, "channel_types": [0, 5, 11]},
            {"type": 4, "name": "points", "description": "How many", "required": False, "min_value": 0},
            {
                "type": 3,
                "name": "what",
                "description": "That",
                "required": False,
                "choices": [{"name": "A", "value": "a"}, {"name": "B", "value": "b"}],
            },
            {"type": 3, "name": "typed", "description": "This", "autocomplete": True, "max_length": 50},
        ],
    },
    {"name": "about", "description": "What it is", "type": 1, "options": [], "default_member_permissions": None},
]


def changed(*path: str | int, to: object) -> list[Json]:
    """The commands with one value replaced."""
    commands: Any = copy.deepcopy(COMMANDS)
    place = commands
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return list(commands)


class TestCompare:
    def test_discords_additions_and_defaults_do_not_count(self) -> None:
        """Ids, versions, empty translations, permissions as text, other orders, missing defaults."""
        assert not compare(COMMANDS, [as_discord_returns(command) for command in COMMANDS])
        assert not compare(COMMANDS, list(reversed(COMMANDS)))

    @pytest.mark.parametrize(
        "registered",
        [
            changed(0, "description", to="Say that"),
            changed(0, "nsfw", to=True),
            changed(0, "default_member_permissions", to="8"),
            changed(0, "default_member_permissions", to=None),
            changed(0, "contexts", to=[0, 1]),
            changed(0, "integration_types", to=[0]),
            changed(0, "options", to=[]),
            changed(0, "options", to=list(reversed(COMMANDS[0]["options"]))),
            changed(0, "options", 0, "required", to=False),
            changed(0, "options", 0, "channel_types", to=[0, 5]),
            changed(0, "options", 0, "type", to=3),
            changed(0, "options", 1, "min_value", to=1),
            changed(0, "options", 1, "min_value", to=None),
            changed(0, "options", 1, "max_value", to=9),
            changed(0, "options", 2, "choices", 0, "value", to="c"),
            changed(0, "options", 2, "choices", to=None),
            changed(0, "options", 3, "autocomplete", to=False),
            changed(0, "options", 3, "max_length", to=51),
            changed(0, "options", 3, "min_length", to=1),
        ],
    )
    def test_what_users_would_notice_is_a_change(self, registered: list[Json]) -> None:
        """At any depth, in both directions."""
        assert ("say",) == compare(COMMANDS, registered).changed == compare(registered, COMMANDS).changed

    def test_missing_and_extra_commands_are_named(self) -> None:
        """As the log and `check` show them; a menu is marked, as it may share its name with a slash command."""
        menu = {"name": "about", "type": 3}
        found = compare(COMMANDS, [COMMANDS[0], FOREIGN, menu])

        assert "missing: about; extra: old, about (a menu)" == str(found)

    async def test_own_commands_equal_those_that_discord_returns(
        self, gallery: Gallery, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """So a normal start registers nothing."""
        async with open_bot(gallery, monkeypatch) as (bot, _):
            await bot.load_cogs()
            payload = payload_of(bot.tree)

        assert {"about", "autopost", "rankings"} <= {command["name"] for command in payload}
        assert not compare(payload, [as_discord_returns(command) for command in payload])


class Time:
    """A clock that the registrar's waits move; the test allows each wait to end."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []
        self._allowed = asyncio.Semaphore(0)

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        await self._allowed.acquire()
        self.now += seconds

    def allow(self) -> None:
        """Let one more wait end."""
        self._allowed.release()


@pytest.fixture(name="opened")
async def _opened(
    gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[RankingsBot, DiscordStandIn, Time]]:
    """A bot whose registrar uses the test's clock."""
    async with open_bot(gallery, monkeypatch) as (bot, server):
        time = Time()
        bot.registrar = Registrar(bot, bot.tree, sleep=time.sleep, monotonic=time.monotonic)
        yield bot, server, time


PAGE = Fault.before_accept(429, headers={"Content-Type": "text/html", "Retry-After": "5000"}, body=b"<html>")


class TestRefusal:
    @pytest.mark.parametrize(
        ("fault", "is_allowed"),
        [
            (Fault.before_accept(503), lambda wait: 0.5 <= wait <= 1),
            (Fault.rate_limited(7200), lambda wait: wait == 7200),
            (PAGE, lambda wait: wait == 5000),
            (Fault.before_accept(400, 30034), lambda wait: wait == LONGEST_PAUSE),
            (Fault.before_accept(400, 50035), lambda wait: 0.5 <= wait <= 1),
        ],
    )
    @pytest.mark.parametrize("method", ["GET", "PUT"])
    async def test_it_is_retried(
        self,
        opened: tuple[RankingsBot, DiscordStandIn, Time],
        caplog: pytest.LogCaptureFixture,
        *,
        method: str,
        fault: Fault,
        is_allowed: Callable[[float], bool],
    ) -> None:
        """Not before Discord allows it; the start continues meanwhile, with one log line and no traceback."""
        bot, server, time = opened
        server.arm(method, REGISTER[1], fault)
        await log_in(bot, server.token)
        running = asyncio.create_task(bot.registrar.run())
        await until(lambda: bool(time.waits))
        assert [] == server.accounts.commands
        time.allow()
        await server.wait_registered()
        running.cancel()

        assert is_allowed(time.waits[0])
        (line,) = [record for record in caplog.records if "does not register" in record.getMessage()]
        assert line.exc_info is None

    async def test_pauses_grow(self, opened: tuple[RankingsBot, DiscordStandIn, Time]) -> None:
        """Up to an hour."""
        bot, server, time = opened
        server.arm(*REGISTER, Fault.before_accept(503), count=None)
        await log_in(bot, server.token)
        running = asyncio.create_task(bot.registrar.run())
        for total in range(1, 20):
            await until(lambda total=total: len(time.waits) == total)  # type: ignore[misc]  # mypy cannot infer it
            time.allow()
        running.cancel()

        assert all(2**step / 2 <= wait <= 2**step for step, wait in enumerate(time.waits[:11]))
        assert all(LONGEST_PAUSE / 2 <= wait <= LONGEST_PAUSE for wait in time.waits[13:])


class TestRecheck:
    async def test_unknown_command_leads_to_an_update(
        self, opened: tuple[RankingsBot, DiscordStandIn, Time], caplog: pytest.LogCaptureFixture
    ) -> None:
        """The user is told to reload, and Discord gets the right commands."""
        bot, server, time = opened
        time.allow()
        user = server.world.owner
        async with staying(bot, server):
            running = asyncio.create_task(bot.registrar.run())
            await server.wait_connected()
            right = server.accounts.commands
            server.accounts.register([FOREIGN])
            answer = await server.interact(server.slash_command("old", user=user))
            await until(lambda: len(server.accounts.commands) == len(right))
            running.cancel()

        assert (RELOAD, EPHEMERAL) == (answer.message.content, answer.message.flags & EPHEMERAL)
        assert {command["name"] for command in right} == {command["name"] for command in server.accounts.commands}
        assert "Something went wrong" not in caplog.text
        assert [] == [record for record in caplog.records if record.exc_info]

    async def test_other_signature_leads_to_an_update(self, opened: tuple[RankingsBot, DiscordStandIn, Time]) -> None:
        """In another version, `/rankings` had no subcommands."""
        bot, server, time = opened
        time.allow()
        async with staying(bot, server):
            running = asyncio.create_task(bot.registrar.run())
            await server.wait_connected()
            server.accounts.register([{"name": "rankings", "description": "Once", "type": 1}])
            answer = await server.interact(server.slash_command("rankings", user=server.world.owner))
            await until(lambda: len(server.accounts.commands) > 1)
            running.cancel()

        assert RELOAD == answer.message.content

    async def test_autocomplete_of_an_unknown_command_gets_no_choices(
        self, opened: tuple[RankingsBot, DiscordStandIn, Time]
    ) -> None:
        """So Discord shows no error."""
        bot, server, _ = opened
        async with staying(bot, server):
            await server.wait_connected()
            server.accounts.register([FOREIGN])
            typed = server.autocomplete("old", focused="word", user=server.world.owner)
            answer = await server.interact(typed)

        assert (8, []) == (answer.type, answer.choices)

    async def test_rechecks_cost_at_most_one_request_in_ten_minutes(
        self, opened: tuple[RankingsBot, DiscordStandIn, Time]
    ) -> None:
        """However many unknown commands arrive."""
        bot, server, time = opened
        await log_in(bot, server.token)
        running = asyncio.create_task(bot.registrar.run())
        looks = len(server.find_requests("GET", REGISTER[1]))
        time.allow()
        for _ in range(5):
            bot.registrar.recheck()
        await server.wait_for_request("GET", REGISTER[1], total=looks + 1)
        await until(lambda: len(time.waits) == 1)
        bot.registrar.recheck()
        await until(lambda: len(time.waits) == 2)
        assert looks + 1 == len(server.find_requests("GET", REGISTER[1]))
        time.allow()
        await server.wait_for_request("GET", REGISTER[1], total=looks + 2)
        running.cancel()

        assert [0.0, RECHECK_INTERVAL] == time.waits
        assert 1 == len(server.find_requests(*REGISTER))


async def test_failed_autocomplete_gets_no_choices(
    opened: tuple[RankingsBot, DiscordStandIn, Time], monkeypatch: pytest.MonkeyPatch
) -> None:
    """discord.py would not answer it, and Discord would show an error."""
    bot, server, _ = opened
    monkeypatch.setattr("bot.app.interactions.search", lambda *_: 1 / 0)
    async with staying(bot, server):
        await server.wait_connected()
        typed = server.autocomplete("rankings", "task", focused="task", user=server.world.owner)
        answer = await server.interact(typed)

    assert (8, []) == (answer.type, answer.choices)


class TestCheck:
    async def test_state_of_the_registration_is_shown(
        self, opened: tuple[RankingsBot, DiscordStandIn, Time], capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        """`check` changes nothing: it shows the differences, that there are none, or why it cannot tell."""
        bot, server, _ = opened
        await bot.load_cogs()
        settings = Settings(
            _env_file=None, discord_token=SecretStr(server.token), database_url=SecretStr(f"sqlite:///{tmp_path}/a.db")
        )
        server.accounts.register([FOREIGN])
        server.arm("GET", REGISTER[1], Fault.before_accept(503), after=1)
        for _ in range(3):
            with pytest.raises(SettingsError, match="1 of 4 checks failed"):
                await check(settings)
            server.accounts.register(payload_of(bot.tree))
        said = [line.partition("; ")[2] for line in capsys.readouterr().out.splitlines() if "Discord: OK" in line]

        assert [
            "its registered commands differ (missing: rankings, autopost, about; extra: old): the bot updates them when it runs",
            "its commands could not be compared (503): check again later",
            "its commands are registered",
        ] == said
        assert [] == server.find_requests(*REGISTER)
