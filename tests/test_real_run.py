"""The unmodified process `python -m bot`, against a Discord and an OpenRouter on loopback."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.sample import PATH
from tests.discord_description import Operation, assert_valid_body
from tests.wire.discord import DiscordStandIn
from tests.wire.interactions import InteractionAnswer
from tests.wire.openrouter import OpenRouterStandIn
from tests.wire.process import BotProcess
from tests.wire.values import EPHEMERAL, Channel, User

KEY = "sk-or-v1-0123456789abcdef-the-key-of-this-test"
LUNA = "openai/gpt-5.6-luna-20260709"
MODELS = {"data": [{"id": "openai/gpt-5.6-luna", "canonical_slug": LUNA, "name": "OpenAI: GPT-5.6 Luna"}]}
YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
FRESH_ANSWER = PATH.read_bytes().replace(b'"as_of":"2026-08-31"', f'"as_of":"{YESTERDAY}"'.encode())
"""The real answer, byte for byte but for its date."""

REGISTER = ("PUT", "/applications/*/commands")


@dataclass
class World:
    """Both stand-ins, somebody in a channel, and the directory in which the bot runs."""

    discord: DiscordStandIn
    openrouter: OpenRouterStandIn
    directory: Path
    channel: Channel
    user: User

    def start(self, **environment: str) -> BotProcess:
        """A process of the bot."""
        given = {"OPENROUTER_API_KEY": KEY, "OPENROUTER_BASE_URL": self.openrouter.base_url, **environment}
        return BotProcess(discord=self.discord, directory=self.directory, environment=given)

    async def ask(self, *path: str, **options: str) -> InteractionAnswer:
        """A slash command of the user's, once it is answered."""
        command = self.discord.slash_command(*path, user=self.user, channel=self.channel, options=options)
        return await self.discord.interact(command)

    def places_of(self, secret: str) -> list[str]:
        """Where a secret is to be found: in files that the bot wrote, or in bodies that it sent to Discord."""
        wanted = secret.encode()
        written = [str(path) for path in self.directory.rglob("*") if path.is_file() and wanted in path.read_bytes()]
        sent = [
            request.path
            for request in self.discord.requests
            if secret in json.dumps(request.json) or any(wanted in file.data for file in request.files)
        ]
        return written + sent


@asynccontextmanager
async def open_world(directory: Path) -> AsyncIterator[World]:
    """A world; in the end, Discord's own description must allow every body that was sent."""
    models = json.dumps(MODELS).encode()
    async with DiscordStandIn() as discord, OpenRouterStandIn(FRESH_ANSWER, models=models) as openrouter:
        guild = discord.world.add_guild()
        channel, user = discord.world.add_channel(guild), discord.world.add_member(guild)
        yield World(discord, openrouter, directory, channel, user)
        assert [] == discord.unknown_requests + openrouter.unknown_requests
        for request in discord.requests:
            operation = Operation.of(request.method, request.path)
            if operation is not None:
                assert_valid_body(operation, request.json, files=[file.filename for file in request.files])


@dataclass
class Seen:
    """What was seen of one process from its start to its end."""

    answers: dict[str, InteractionAnswer] = field(default_factory=dict)
    choices: list[dict[str, Any]] = field(default_factory=list)
    health: int = 0
    mib_idle: float = 0
    mib_with_pictures: float = 0
    seconds_to_connect: float = 0
    seconds_to_first_card: float = 0
    seconds_to_end: float = 0
    code: int | None = None
    stdout: str = ""
    stderr: str = ""
    registrations: int = 0
    requests_to_openrouter: int = 0


@dataclass
class Story:
    """Two processes, one after the other, on the same database."""

    first: Seen
    second: Seen
    secrets_found: list[str]
    key_was_sent_to_openrouter: bool


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """The story of a day in which nothing goes wrong, told once for all tests of it."""
    return asyncio.run(live_through(tmp_path_factory.mktemp("run")))


async def live_through(directory: Path) -> Story:
    async with open_world(directory) as world:
        first = await first_run(world)
        second = await second_run(world, first)
        secrets = [place for secret in (KEY, world.discord.token) for place in world.places_of(secret)]
        sent = [request.headers.get("Authorization") for request in world.openrouter.task_requests]
        return Story(first, second, secrets, [f"Bearer {KEY}"] * len(sent) == sent)


async def first_run(world: World) -> Seen:
    """Start on an empty directory, ask for a few cards, end."""
    seen = Seen()
    port = free_port()
    began = time.perf_counter()
    async with world.start(HEALTH_PORT=str(port), LOG_FORMAT="json") as process:
        await process.wait_for_line("Ready as")
        seen.seconds_to_connect = time.perf_counter() - began
        await world.openrouter.wait_for_request("GET", OpenRouterStandIn.models_path)
        seen.health = await health_of(port)
        seen.mib_idle = process.rss_mib()
        began = time.perf_counter()
        seen.answers["code"] = await world.ask("rankings", "code")
        seen.seconds_to_first_card = time.perf_counter() - began
        seen.answers["tokens"] = await world.ask("rankings", "code", metric="tokens")
        seen.answers["model"] = await world.ask("rankings", "model", model="luna")
        seen.answers["about"] = await world.ask("about")
        typed = world.discord.autocomplete(
            "rankings", "task", focused="task", options={"task": "debug"}, user=world.user
        )
        seen.choices = (await world.discord.interact(typed)).choices
        for command in ("overview", "data", "agent", "general"):
            await world.ask("rankings", command)
        seen.mib_with_pictures = process.rss_mib()
        await end(world, process, seen)
    return seen


async def second_run(world: World, first: Seen) -> Seen:
    """Start anew on what the first left; click on a card of the first."""
    seen = Seen()
    async with world.start() as process:
        await world.discord.wait_connected(2)
        seen.answers["code"] = await world.ask("rankings", "code")
        shown = first.answers["code"].message
        click = world.discord.component_click(shown, "board:show:code/tokens", user=world.user)
        seen.answers["click"] = await world.discord.interact(click)
        await end(world, process, seen)
    return seen


async def end(world: World, process: BotProcess, seen: Seen) -> None:
    seen.seconds_to_end = await process.terminate()
    seen.code, seen.stdout, seen.stderr = process.returncode, process.stdout, process.stderr
    seen.registrations = len(world.discord.find_requests(*REGISTER))
    seen.requests_to_openrouter = len(world.openrouter.requests)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def health_of(port: int) -> int:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/health") as answer:
        return answer.status


def embed_of(answer: InteractionAnswer) -> dict[str, Any]:
    return dict(answer.message.embeds[0])


class TestFirstRun:
    def test_answers_with_the_figures_of_the_real_answer(self, story: Story) -> None:
        """`/rankings code`: Code Generation with its share of requests, led by the model that leads it."""
        embed = embed_of(story.first.answers["tokens"])
        said = " ".join(embed["description"].split())

        assert "Code" == embed["title"]
        assert "37.3 % of classified tokens, last 7 days" in said
        assert "1 Code Generation 12.5 % 33.4 % GPT-5.6 Luna 21.6 %" in said
        assert f"as of {YESTERDAY}. Licensed under CC BY 4.0." in embed["footer"]["text"]

    def test_card_has_its_picture(self, story: Story) -> None:
        """The picture arrives as a PNG with its alternative text."""
        (picture,) = story.first.answers["tokens"].message.attachments

        assert picture.data.startswith(b"\x89PNG")
        assert "Code Generation 12.5 %" in (picture.description or "")

    def test_autocomplete_offers_what_matches(self, story: Story) -> None:
        """While somebody types, the tasks of the snapshot are offered."""
        assert {"name": "Debugging (Code)", "value": "code:debugging"} in story.first.choices

    def test_commands_are_registered_once(self, story: Story) -> None:
        """The second start finds its commands registered, and registers nothing."""
        assert (1, 1) == (story.first.registrations, story.second.registrations)

    def test_health_is_answered_once_the_bot_is_ready(self, story: Story) -> None:
        """`HEALTH_PORT` answers 200."""
        assert 200 == story.first.health

    def test_ends_cleanly_when_told_to(self, story: Story) -> None:
        """SIGTERM: the end comes soon, and as a success."""
        assert (0, 0) == (story.first.code, story.second.code)
        assert story.first.seconds_to_end < 5, f"the end took {story.first.seconds_to_end:.1f} s"

    def test_memory_stays_in_bounds(self, story: Story) -> None:
        """Little before the first picture, and not much more with the drawing library in it."""
        said = f"{story.first.mib_idle:.0f} MiB idle, {story.first.mib_with_pictures:.0f} MiB after a few cards"

        assert story.first.mib_idle <= 110, said
        assert story.first.mib_with_pictures <= 190, said

    def test_log_is_json_line_by_line(self, story: Story) -> None:
        """`LOG_FORMAT=json` is for machines: not a line that is anything else."""
        lines = [json.loads(line) for line in story.first.stderr.splitlines()]

        assert "" == story.first.stdout
        assert any(str(line["message"]).startswith("Ready as") for line in lines)
        assert [] == [line for line in lines if line["levelname"] in {"ERROR", "CRITICAL"}]

    def test_key_and_token_are_kept(self, story: Story) -> None:
        """No log, no file, no database and no message holds them; the key goes to OpenRouter's header alone."""
        assert [] == story.secrets_found
        assert story.key_was_sent_to_openrouter


class TestSecondRun:
    def test_answers_from_the_archive_without_asking_openrouter(self, story: Story) -> None:
        """A restart costs no request."""
        said = " ".join(embed_of(story.second.answers["code"])["description"].split())

        assert "1 Code Generation 4.0 % 32.4 % GPT-5.6 Luna 19.2 %" in said
        assert 2 == story.first.requests_to_openrouter
        assert story.first.requests_to_openrouter == story.second.requests_to_openrouter

    def test_card_of_the_first_run_still_switches_in_place(self, story: Story) -> None:
        """A click on a message that another process sent is answered as if nothing had happened."""
        clicked, asked = story.second.answers["click"], story.first.answers["code"]

        assert asked.message.id == clicked.message.id
        assert "37.3 % of classified tokens" in embed_of(clicked)["description"]


async def test_wrong_token_is_one_line_and_exit_code_two(tmp_path: Path) -> None:
    """The operator reads which setting is wrong, not a traceback; the token is not repeated."""
    async with open_world(tmp_path) as world, world.start(DISCORD_TOKEN="wrong.token.of-this-test") as process:
        code = await process.wait(within=20)

        assert 2 == code
        complaints = [line for line in process.stderr.splitlines() if "DISCORD_TOKEN" in line]
        assert ["DISCORD_TOKEN is refused by Discord: copy the bot's token again into .env."] == complaints
        assert "Traceback" not in process.stderr
        assert "wrong.token" not in process.stdout + process.stderr


async def test_command_without_any_data_is_answered_privately(tmp_path: Path) -> None:
    """OpenRouter is down at the first start: one sentence for who asked, and no trace in the channel."""
    async with open_world(tmp_path) as world:
        world.openrouter.task.status = 500
        async with world.start() as process:
            await world.openrouter.wait_for_request("GET", OpenRouterStandIn.task_path)
            await world.discord.wait_connected()
            answer = await world.discord.settled(
                await world.ask("rankings", "code"), when=lambda one: bool(one.followups)
            )
            seconds = await process.terminate()

        (told,) = answer.followup_messages
        assert told.flags & EPHEMERAL
        assert " again " in told.content
        assert answer.is_deleted
        assert [] == world.discord.messages.in_channel(world.channel)
        assert "Traceback" not in process.stderr
        assert (0, True) == (process.returncode, seconds < 5)
