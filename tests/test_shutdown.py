"""SIGTERM and SIGINT end the process within 5 s and as a success, whatever it is doing."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bot.shutdown import SHUTDOWN_TIMEOUT
from tests.faults.sandbox import Sandbox, open_sandbox
from tests.wire.discord import DiscordStandIn
from tests.wire.faults import Fault
from tests.wire.gateway import GatewayFault
from tests.wire.process import BotProcess, inherited_environment
from tests.wire.starting import fork

ROOT = Path(__file__).parents[1]
POST = ("POST", "/channels/*/messages")
MUTE = GatewayFault(is_mute=True)
Reach = Callable[[Sandbox, BotProcess], Awaitable[None]]

DEAF = """
import sys, threading
from bot import shutdown
shutdown.SHUTDOWN_TIMEOUT = 0.05
shutdown.call_on_signal(lambda: None)
threading.Thread(target=threading.Event().wait).start()
print("ready", flush=True)
"""
"""A program that ignores the call to shut down, with a thread that Python would wait for."""


EARLY = """
import os, runpy, signal, sys
install = signal.signal

def install_and_send(number, handler):
    install(number, handler)
    if number == signal.SIGINT:
        print(sorted({"aiohttp", "asyncio", "discord", "pydantic", "sqlalchemy"} & set(sys.modules)), flush=True)
        os.kill(os.getpid(), int(os.environ["NUMBER"]))

signal.signal = install_and_send
sys.argv[:] = ["bot"]
runpy.run_module("bot", run_name="__main__")
"""
"""The bot, with a signal as soon as it handles signals."""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_works_before_the_slow_imports(tmp_path: Path, number: signal.Signals) -> None:
    """The first process of a container ignores signals that it has no handler for."""
    environment = {**inherited_environment(), "PYTHONPATH": str(ROOT), "NUMBER": str(int(number))}
    done = subprocess.run(
        [sys.executable, "-c", EARLY], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )

    assert (0, "[]\n", "") == (done.returncode, done.stdout, done.stderr)


async def test_database_that_never_answers_does_not_delay_the_end(tmp_path: Path) -> None:
    """Nothing is open yet, and the bot waits for its first answer."""
    asked = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await reader.read()
        writer.close()

    async with DiscordStandIn() as discord, await asyncio.start_server(say_nothing, "127.0.0.1", 0) as database:
        port = database.sockets[0].getsockname()[1]
        given = {"OPENROUTER_API_KEY": "key", "DATABASE_URL": f"postgresql://bot:word@127.0.0.1:{port}/bot"}
        async with BotProcess(discord=discord, directory=tmp_path, environment=given, start=fork) as process:
            async with asyncio.timeout(20):
                await asked.wait()
            seconds = await process.terminate()

    assert (0, True) == (process.returncode, seconds < 5)
    assert "Traceback" not in process.stderr


def test_shutdown_that_hangs_is_cut_short() -> None:
    """For example by a thread that waits for a name to resolve."""
    with subprocess.Popen([sys.executable, "-c", DEAF], cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGTERM)
        try:
            assert 0 == process.wait(timeout=10)
        finally:
            process.kill()


SLOW = """
import time
from bot import shutdown

class Slow:
    def __del__(self):
        time.sleep(0.5)

slow = Slow()
shutdown.SHUTDOWN_TIMEOUT = 0.2
shutdown.call_on_signal(lambda: None)
import os, signal
os.kill(os.getpid(), signal.SIGTERM)
"""
"""A program that is done, but whose interpreter takes long to exit."""


def test_slow_interpreter_exit_is_not_a_failure() -> None:
    """Python has removed its handlers by then, so the alarm must not go off."""
    done = subprocess.run([sys.executable, "-c", SLOW], cwd=ROOT, check=False)

    assert 0 == done.returncode


async def a_login_that_hangs(sandbox: Sandbox, _: BotProcess) -> None:
    await sandbox.discord.wait_for_request("GET", "/users/@me")


async def the_pause_between_two_logins(sandbox: Sandbox, process: BotProcess) -> None:
    await process.wait_for_line("cannot log in (429): retrying in 1800 s")


async def a_gateway_that_never_says_hello(sandbox: Sandbox, _: BotProcess) -> None:
    await sandbox.discord.wait_for_request(*POST)
    await sandbox.discord.bell.until(lambda: sandbox.discord.gateway.opened_total or None, within=20, what="an opening")


async def a_reconnect(sandbox: Sandbox, _: BotProcess) -> None:
    connection = await sandbox.discord.wait_connected()
    sandbox.discord.gateway.fault = MUTE
    await connection.close(4000)
    await sandbox.discord.bell.until(
        lambda: sandbox.discord.gateway.opened_total > 1 or None, within=20, what="a second opening"
    )


PAGE = Fault.before_accept(429, headers={"Retry-After": "1800", "Content-Type": "text/html"}, body=b"<html>")


class TestMoments:
    @pytest.mark.parametrize(
        ("reach", "number", "login", "gateway"),
        [
            (a_login_that_hangs, signal.SIGTERM, Fault.hang(), GatewayFault()),
            (the_pause_between_two_logins, signal.SIGINT, PAGE, GatewayFault()),
            (a_gateway_that_never_says_hello, signal.SIGTERM, None, MUTE),
            (a_reconnect, signal.SIGINT, None, GatewayFault()),
        ],
    )
    async def test_it_ends_soon_with_exit_code_zero(
        self, tmp_path: Path, *, reach: Reach, number: signal.Signals, login: Fault | None, gateway: GatewayFault
    ) -> None:
        """Before the timeout; a second signal does no harm, and a hanging post is dropped."""
        async with open_sandbox(tmp_path) as sandbox:
            await sandbox.add_plans(1)
            if login is not None:
                sandbox.discord.arm("GET", "/users/@me", login, count=None)
            sandbox.discord.gateway.fault = gateway
            sandbox.discord.arm(*POST, Fault.hang(), count=None)
            async with sandbox.bot() as process:
                await reach(sandbox, process)
                began = time.monotonic()
                process.send(number)
                await process.wait_for_line("Shutting down")
                process.send(signal.SIGTERM)
                code = await process.wait(within=10)

                seconds = time.monotonic() - began

        assert 0 == code, process.stderr
        assert seconds < SHUTDOWN_TIMEOUT
        assert "Traceback" not in process.stderr
