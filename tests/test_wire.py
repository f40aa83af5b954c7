"""The stand-ins themselves, with a plain discord.py client and with a real process."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import aiohttp
import discord
import pytest

from tests.wire.bell import PATIENCE
from tests.wire.discord import DiscordStandIn
from tests.wire.faults import Fault
from tests.wire.openrouter import OpenRouterStandIn
from tests.wire.plain import PICTURE, Scene, open_scene
from tests.wire.process import BotProcess

PROGRAM = """
import signal, sys, discord
client = discord.Client(intents=discord.Intents.none())

@client.event
async def on_connect():
    print("connected", *sys.argv[1:], flush=True)

@client.event
async def on_interaction(interaction):
    await interaction.response.send_message(sys.argv[1])

client.run(__import__("os").environ["DISCORD_TOKEN"], log_handler=None)
"""


@pytest.fixture
async def standin() -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn() as server:
        yield server


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    async with open_scene(monkeypatch) as opened:
        yield opened
        assert [] == opened.server.unknown_requests


def start_program(directory: Path, server: DiscordStandIn, *arguments: str) -> BotProcess:
    """A process that logs in and prints a line."""
    directory.mkdir(exist_ok=True)
    directory.joinpath("plain_program.py").write_text(PROGRAM, encoding="utf-8")
    return BotProcess(
        *arguments,
        discord=server,
        directory=directory,
        module="plain_program",
        environment={"PYTHONPATH": str(directory)},
    )


class AsyncRecorder:
    """Records the first error that a command tree reports."""

    def __init__(self) -> None:
        self._error: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()

    async def __call__(self, _: object, error: Exception) -> None:
        self._error.set_result(error)

    async def wait(self) -> Exception:
        """The error, once it is reported."""
        return await asyncio.wait_for(self._error, 10)


class TestSession:
    async def test_client_logs_in_and_registers_its_commands(self, scene: Scene) -> None:
        """Login, gateway and bulk overwrite work for an unmodified client."""
        commands = await scene.server.wait_registered()

        assert ["wire"] == [command["name"] for command in commands]
        assert scene.server.world.bot.id == scene.client.application_id

    async def test_session_is_compressed_as_the_client_asks(self, scene: Scene) -> None:
        """With zstandard installed, discord.py asks for a zstd stream and can read it."""
        connection = await scene.server.wait_connected()

        assert connection.socket.is_compressed

    async def test_wrong_token_is_refused(self, scene: Scene) -> None:
        """A client with another token cannot log in."""
        async with discord.Client(intents=discord.Intents.none()) as client:
            with pytest.raises(discord.LoginFailure):
                await client.login("another")

    async def test_lost_connection_resumes_and_gets_what_it_missed(self, scene: Scene) -> None:
        """A session survives the loss of its connection."""
        old = await scene.server.wait_connected()
        await old.ask_reconnect()
        await scene.server.wait_gone(old)
        await scene.server.bell.until(
            lambda: scene.server.connections or None, within=PATIENCE, what="a resumed session"
        )

        assert (1, 1) == (scene.server.gateway.ready_total, scene.server.gateway.resumed_total)


class TestInteractions:
    async def test_slash_command_is_answered_with_embed_and_file(self, scene: Scene) -> None:
        """A multipart answer keeps its embed, its file and its user."""
        command = scene.server.slash_command("wire", "card", user=scene.guest, channel=scene.channel)
        answer = await scene.server.interact(command)

        assert "Code" == answer.message.embeds[0]["title"]
        assert [("card.png", "bars", PICTURE)] == [
            (one.filename, one.description, one.data) for one in answer.message.attachments
        ]
        assert str(scene.guest.id) == answer.metadata["user"]["id"]
        assert 1 == len(scene.server.find_requests("POST", "/interactions/**"))

    async def test_deferred_answer_is_waited_for(self, scene: Scene) -> None:
        """Deferral, edit and followup make one answer, and stay private."""
        options = {"channel": scene.channel}
        command = scene.server.slash_command("wire", "late", user=scene.guest, channel=scene.channel, options=options)
        answer = await scene.server.interact(command)
        await scene.server.settled(answer, when=lambda one: bool(one.followups))

        assert (5, f"seen {scene.channel.id}") == (answer.type, answer.message.content)
        assert ["more"] == [message.content for message in answer.followup_messages]
        assert answer.message.ephemeral
        assert [] == scene.server.messages.in_channel(scene.channel)

    async def test_direct_message_is_answered(self, scene: Scene) -> None:
        """A command works where there is no guild."""
        answer = await scene.server.interact(scene.server.slash_command("wire", "card", user=scene.guest))

        assert "Code" == answer.message.embeds[0]["title"]

    async def test_button_edits_its_message_in_place(self, scene: Scene) -> None:
        """A click finds the component of the message and edits that message."""
        command = scene.server.slash_command("wire", "card", user=scene.guest, channel=scene.channel)
        shown = (await scene.server.interact(command)).message
        click = scene.server.component_click(shown, "switch", user=scene.guest)
        answer = await scene.server.interact(click)

        assert (7, shown.id, "switched") == (answer.type, answer.message.id, answer.message.content)
        assert shown.attachments == answer.message.attachments

    async def test_autocomplete_offers_choices(self, scene: Scene) -> None:
        """The typed text reaches the command, and its choices come back."""
        typed = scene.server.autocomplete(
            "wire", "near", focused="word", options={"word": "debug"}, user=scene.guest, channel=scene.channel
        )
        answer = await scene.server.interact(typed)

        assert [{"name": "debugging", "value": "debugging"}] == answer.choices

    async def test_late_first_answer_is_refused(self, scene: Scene) -> None:
        """After three seconds the interaction is unknown."""
        path = "/interactions/*/*/callback"
        lateness = timedelta(seconds=3.1)
        scene.server.arm("POST", path, Fault.on_request(lambda _: setattr(scene.clock, "moved", lateness)))
        scene.client.tree.on_error = AsyncRecorder()  # type: ignore[method-assign]  # the test records errors
        await scene.server.begin(scene.server.slash_command("wire", "card", user=scene.guest, channel=scene.channel))
        error = await scene.client.tree.on_error.wait()

        assert 10062 == getattr(error.__cause__, "code", None)

    async def test_unregistered_option_is_refused(self, scene: Scene) -> None:
        """A test that misspells an option fails."""
        with pytest.raises(LookupError, match="no option"):
            scene.server.slash_command("wire", "near", user=scene.guest, options={"wrod": "x"})


class TestOpenRouter:
    async def test_serves_the_given_bytes(self) -> None:
        """Body, status and headers are set by the test, and may change at any time."""
        async with OpenRouterStandIn(b'{"data": 1}') as server, aiohttp.ClientSession() as session:
            address = f"{server.base_url}/classifications/task?window=7d"
            async with session.get(address, headers={"Authorization": "Bearer key"}) as first:
                body = await first.read()
            server.task.status, server.task.headers = 429, {"Retry-After": "7"}
            async with session.get(address) as second:
                pass

        assert (b'{"data": 1}', 429, "7") == (body, second.status, second.headers["Retry-After"])
        assert ["Bearer key", None] == [one.headers.get("authorization") for one in server.task_requests]
        assert "7d" == server.task_requests[0].query["window"]


class TestProcess:
    async def test_process_connects_and_ends_on_request(self, standin: DiscordStandIn, tmp_path: Path) -> None:
        """A real process logs in, and the test can read its output, measure it and end it."""
        async with start_program(tmp_path, standin, "one", "two") as program:
            line = await program.wait_for_line("connected")
            memory = program.rss_mib()
            seconds = await program.terminate()

        assert "connected one two" == line
        assert 10 < memory < 200
        assert seconds < 5
        assert line + "\n" == tmp_path.joinpath("stdout.log").read_text(encoding="utf-8")

    async def test_kill_at_a_request(self, standin: DiscordStandIn, tmp_path: Path) -> None:
        """A crash just before a request is accepted leaves no trace."""
        async with start_program(tmp_path, standin) as program:
            kill = Fault.on_request(lambda _: program.kill(), accept=False)
            standin.arm("GET", "/users/@me", kill)
            code = await program.wait()

        assert -9 == code
        assert ["/users/@me"] == [received.path for received in standin.requests]

    async def test_two_processes_are_told_apart(self, standin: DiscordStandIn, tmp_path: Path) -> None:
        """Events go to the newest process, or to a given one."""
        command = partial(standin.slash_command, "who", user=standin.world.owner)
        async with start_program(tmp_path / "a", standin, "a") as first:
            one = await standin.wait_connected(1)
            async with start_program(tmp_path / "b", standin, "b"):
                other = await standin.wait_connected(2)
                named = await standin.interact(command(), to=one)
                newest = await standin.interact(command())
                first.kill()
                await standin.wait_gone(one)

                assert ["a", "b"] == [named.message.content, newest.message.content]
                assert [other] == standin.connections

    async def test_missing_line_fails_with_the_output(self, standin: DiscordStandIn, tmp_path: Path) -> None:
        """Waiting for the output of an ended process fails at once."""
        program = BotProcess(discord=standin, directory=tmp_path, module="no_such_module")
        async with program:
            with pytest.raises(EOFError, match="no_such_module"):
                await program.wait_for_line("connected")
