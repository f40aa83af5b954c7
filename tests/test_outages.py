"""The unmodified process while parts of Discord are down: the rest works on, and everything recovers."""

import asyncio
import json
import re
import shlex
import sys
from pathlib import Path

import pytest

from bot.app.connection import FATAL_CLOSE_CODES
from bot.errors import ErrorCode
from bot.presentation.error_texts import SENTENCES
from bot.settings import Settings
from tests.faults.sandbox import Sandbox, open_sandbox
from tests.real_run import REGISTER, free_port
from tests.wire.faults import Fault
from tests.wire.gateway import GatewayFault
from tests.wire.interactions import InteractionAnswer
from tests.wire.values import EPHEMERAL, Json

ROOT = Path(__file__).parents[1]
POST = ("POST", "/channels/*/messages")
AWAY = GatewayFault(refused_with=503)
RELOAD = SENTENCES[ErrorCode.OUTDATED_COMMAND]
OTHERS: list[Json] = [
    {"name": "about", "description": "As an older version had it", "type": 1},
    {"name": "old", "description": "Of an older version", "type": 1},
]


def variables_of_the_image() -> dict[str, str]:
    """What the Dockerfile sets in its last stage, except for PATH."""
    text = ROOT.joinpath("Dockerfile").read_text(encoding="utf-8").replace("\\\n", "")
    pairs = [pair for line in re.findall(r"^ENV (.*)$", text, re.MULTILINE) for pair in shlex.split(line)]
    return {name: value for name, _, value in (pair.partition("=") for pair in pairs) if name != "PATH"}


def variables_of_the_example() -> dict[str, str]:
    """The environment that compose makes of an unchanged copy of the example, including blank values."""
    lines = ROOT.joinpath(".env.example").read_text(encoding="utf-8").splitlines()
    return {name: value for name, _, value in (line.partition("=") for line in lines) if name and name[0] != "#"}


def healthcheck_of_the_image() -> list[str]:
    """The image's own command, run with this Python."""
    text = ROOT.joinpath("Dockerfile").read_text(encoding="utf-8").replace("\\\n", "")
    found = re.search(r"^HEALTHCHECK .* CMD (\[.*\])$", text, re.MULTILINE)
    assert found is not None
    python, *arguments = json.loads(found[1])
    assert "python" == python
    return [sys.executable, *arguments]


async def code_of_healthcheck(environment: dict[str, str]) -> int:
    """The exit code of the health check, which never uses the proxy."""
    given = {**environment, "http_proxy": "http://127.0.0.1:9"}
    check = await asyncio.create_subprocess_exec(*healthcheck_of_the_image(), env=given, stderr=asyncio.subprocess.PIPE)
    _, complaint = await check.communicate()
    assert b"" == complaint
    return check.returncode or 0


class TestBlankSettings:
    def test_example_overrides_nothing_that_the_image_sets(self) -> None:
        """A blank variable from compose would override the image's."""
        assert set() == variables_of_the_image().keys() & variables_of_the_example().keys()
        assert {"IMAGE_HEALTH_PORT": "8080"} == {
            name: value for name, value in variables_of_the_image().items() if "PORT" in name
        }

    def test_compose_passes_only_the_file(self) -> None:
        """So tests of the image with that file also cover compose."""
        compose = ROOT.joinpath("compose.yaml").read_text(encoding="utf-8")

        assert "env_file: .env" in compose
        assert not re.search(r"environment:|healthcheck:|command:|entrypoint:", compose)

    def test_blank_is_the_default(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """For the program alone, and in the image, which has its own default only for the port."""
        monkeypatch.chdir(tmp_path)
        for name in Settings.model_fields:
            monkeypatch.delenv(name.upper(), raising=False)
        nothing_set = Settings.load()
        for name in Settings.model_fields:
            monkeypatch.setenv(name.upper(), "")
        assert nothing_set == Settings.load()

        for name, value in (variables_of_the_image() | variables_of_the_example()).items():
            monkeypatch.setenv(name, value)
        assert nothing_set.model_copy(update={"health_port": 8080}) == Settings.load()
        monkeypatch.setenv("HEALTH_PORT", "9000")
        assert 9000 == Settings.load().health_port


async def test_what_needs_no_gateway_works_without_one(tmp_path: Path) -> None:
    """Login, registration and gateway fail at first; posts go out, commands work, all recovers."""
    environment = variables_of_the_image() | variables_of_the_example() | {"IMAGE_HEALTH_PORT": str(free_port())}
    async with open_sandbox(tmp_path) as sandbox:
        await sandbox.add_plans(1)
        discord = sandbox.discord
        discord.accounts.register(OTHERS)
        discord.arm("GET", "/users/@me", Fault.before_accept(503))
        discord.arm("GET", "/gateway/bot", Fault.before_accept(503))
        discord.arm(*REGISTER, Fault.rate_limited(3600), count=None)
        discord.gateway.fault = AWAY
        async with sandbox.bot(
            **{name: value for name, value in environment.items() if value or "HEALTH" in name}
        ) as bot:
            await discord.wait_for_request(*POST, within=20)
            assert 0 == discord.gateway.ready_total
            assert 1 == await code_of_healthcheck(environment)
            await recover(sandbox)
            assert 0 == await code_of_healthcheck(environment)
            await answer_what_an_older_version_registered(sandbox)
            await survive_unreadable_events(sandbox)
            await lose_the_gateway(sandbox)
            assert 1 == await code_of_healthcheck(environment)
            seconds = await bot.terminate()

        assert 0 == bot.returncode, bot.stderr
        assert seconds < 5
        assert "Traceback" not in bot.stderr
        assert {"about", "old"} == {command["name"] for command in discord.accounts.commands}
        for line in ("bot cannot log in (503)", "bot cannot connect (503)", "does not register the commands (429)"):
            assert 1 == bot.stderr.count(line), bot.stderr


async def test_fatal_close_code_ends_the_process_with_one_sentence(tmp_path: Path) -> None:
    """Exit code 2: only the operator can fix it."""
    async with open_sandbox(tmp_path) as sandbox:
        sandbox.discord.gateway.fault = GatewayFault(closed_at_identify_with=4011)
        async with sandbox.bot() as bot:
            code = await bot.wait(within=20)

    assert 2 == code
    assert FATAL_CLOSE_CODES[4011] == bot.stderr.splitlines()[-1]
    assert "Traceback" not in bot.stderr


async def recover(sandbox: Sandbox) -> None:
    """The gateway works again, and the bot reconnects."""
    sandbox.discord.gateway.fault = GatewayFault()
    await sandbox.discord.wait_connected()
    await ask(sandbox, "about")


async def lose_the_gateway(sandbox: Sandbox) -> None:
    """The connection ends, and no other can be opened."""
    sandbox.discord.gateway.fault = AWAY
    (connection,) = sandbox.discord.connections
    opened = sandbox.discord.gateway.opened_total
    await connection.close(4000)
    await sandbox.discord.bell.until(
        lambda: sandbox.discord.gateway.opened_total > opened or None, within=20, what="another opening"
    )


async def ask(sandbox: Sandbox, command: str) -> InteractionAnswer:
    """Send a command in a direct message."""
    return await sandbox.discord.interact(sandbox.discord.slash_command(command, user=sandbox.discord.world.owner))


async def answer_what_an_older_version_registered(sandbox: Sandbox) -> None:
    """A command that still exists works; for one that is gone, the user gets an explanation."""
    assert (await ask(sandbox, "about")).message.embeds
    gone = (await ask(sandbox, "old")).message
    assert (RELOAD, EPHEMERAL) == (gone.content, gone.flags & EPHEMERAL)


async def survive_unreadable_events(sandbox: Sandbox) -> None:
    """The session continues after them."""
    for event in ("GUILD_CREATE", "INTERACTION_CREATE", "RESUMED"):
        await sandbox.discord.dispatch(event, {"nothing": "that is known"})
    assert (await ask(sandbox, "about")).message.embeds
