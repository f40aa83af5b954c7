"""Registers the bot's commands with Discord and keeps the registered ones equal to the bot's."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import discord
from discord import app_commands

from bot.app.connection import FAILURES, Sleep, describe, retry_after
from bot.clock import utc_now
from bot.supervise import backoff_delays

Command = Mapping[str, Any]
"""A command as Discord's API describes it."""

STARTUP_WAIT = 10.0
LONGEST_PAUSE = 3600.0
RECHECK_INTERVAL = 600.0
"""Seconds."""

DAILY_LIMIT = 30034
"""Discord's code for more than 200 new commands a day."""

COMPARED_FIELDS = frozenset(
    {
        "name",
        "description",
        "type",
        "options",
        "required",
        "choices",
        "value",
        "autocomplete",
        "channel_types",
        "min_value",
        "max_value",
        "min_length",
        "max_length",
        "nsfw",
        "default_member_permissions",
        "contexts",
        "integration_types",
    }
)
"""The fields to compare. Discord adds or derives the others, such as `dm_permission`; there are no translations."""

UNORDERED_FIELDS = frozenset({"channel_types", "contexts", "integration_types"})

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Difference:
    """The names of the commands that Discord lacks, has in another form, or has although the bot does not."""

    missing: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return bool(self.missing or self.changed or self.extra)

    def __str__(self) -> str:
        """The names, by kind of difference."""
        kinds = {"missing": self.missing, "changed": self.changed, "extra": self.extra}
        return "; ".join(f"{kind}: {', '.join(names)}" for kind, names in kinds.items() if names)


def payload_of(tree: app_commands.CommandTree[Any]) -> list[dict[str, Any]]:
    """The JSON of all commands, as Discord registers them."""
    return [command.to_dict(tree) for command in tree.get_commands()]


def compare(wanted: Sequence[Command], registered: Sequence[Command]) -> Difference:
    """Compare the bot's commands with Discord's; ignore defaults, and the fields that Discord adds."""
    ours, theirs = _by_name(wanted), _by_name(registered)
    return Difference(
        missing=tuple(name for name in ours if name not in theirs),
        changed=tuple(name for name in ours if name in theirs and ours[name] != theirs[name]),
        extra=tuple(name for name in theirs if name not in ours),
    )


async def fetch_difference(client: discord.Client, payload: Sequence[Command]) -> Difference:
    """Fetch the registered commands of the client's application and compare them; raise one of FAILURES."""
    registered = await client.http.get_global_commands(_application_id(client))
    return compare(payload, registered)


class Registrar:
    """Registers the commands by bulk overwrite if Discord has others, and retries until Discord accepts them."""

    def __init__(
        self,
        client: discord.Client,
        tree: app_commands.CommandTree[Any],
        *,
        sleep: Sleep = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Register the commands of `tree` as `client`."""
        self._client = client
        self._tree = tree
        self._sleep = sleep
        self._monotonic = monotonic
        self._pauses: Iterator[float] = backoff_delays(LONGEST_PAUSE)
        self._started = asyncio.Event()
        self._first_try: asyncio.Task[None]
        self._recheck_wanted = asyncio.Event()
        self._next_try: float | None = None

    def recheck(self) -> None:
        """Compare again soon, because Discord sent a command that the bot does not have."""
        self._recheck_wanted.set()

    async def start(self) -> None:
        """Try once to register the commands, and wait for that for at most STARTUP_WAIT."""
        # It is not cancelled: if it waits for the end of a global rate limit, discord.py would never end that limit.
        self._first_try = asyncio.create_task(self._try(), name="register the commands")
        self._started.set()
        await asyncio.wait({self._first_try}, timeout=STARTUP_WAIT)

    async def _try(self) -> None:
        """Try once to register the commands; log a failure, which `run` retries."""
        try:
            await self._register()
        except FAILURES as failed:
            self._next_try = self._pause_after(failed)
            log.warning(
                "Discord does not register the commands (%s): the old ones stay, retrying in %.0f s",
                describe(failed),
                self._next_try,
            )
        else:
            self._next_try = None
            self._pauses = backoff_delays(LONGEST_PAUSE)

    async def run(self) -> None:
        """After start(), retry until registered; compare again after recheck(), at most once per RECHECK_INTERVAL."""
        await self._started.wait()
        await self._first_try
        compared_at = self._monotonic() - RECHECK_INTERVAL
        while True:
            if self._next_try is None:
                await self._recheck_wanted.wait()
                await self._sleep(max(0.0, compared_at + RECHECK_INTERVAL - self._monotonic()))
                compared_at = self._monotonic()
            else:
                await self._sleep(self._next_try)
            self._recheck_wanted.clear()
            await self._try()

    async def _register(self) -> None:
        payload = payload_of(self._tree)
        difference = await fetch_difference(self._client, payload)
        if not difference:
            return
        application_id = _application_id(self._client)
        registered = await self._client.http.bulk_upsert_global_commands(application_id, payload=payload)
        log.info("Registered %d commands (%s)", len(registered), difference)

    def _pause_after(self, failed: BaseException) -> float:
        is_daily_limit = isinstance(failed, discord.HTTPException) and failed.code == DAILY_LIMIT
        shortest = LONGEST_PAUSE if is_daily_limit else retry_after(failed, now=utc_now())
        return max(next(self._pauses), shortest)


def _application_id(client: discord.Client) -> int:
    if client.application_id is None:
        raise AssertionError("unreachable: discord.py knows the application after the login")
    return client.application_id


def _by_name(commands: Sequence[Command]) -> dict[str, object]:
    """Key commands by name; a menu may have the name of a slash command, so it gets a suffix."""
    names = [command["name"] if command.get("type", 1) == 1 else f"{command['name']} (a menu)" for command in commands]
    return dict(zip(names, map(_normalized, commands), strict=True))


def _normalized(value: object, key: str = "") -> object:
    """Drop what makes no difference: to Discord, an empty or false value means the same as a missing one."""
    if isinstance(value, Mapping):
        parts = {name: _normalized(inner, name) for name, inner in value.items() if name in COMPARED_FIELDS}
        return {name: part for name, part in parts.items() if part not in (None, "", [], {})}
    if isinstance(value, list):
        items = [_normalized(inner) for inner in value]
        return sorted(items, key=str) if key in UNORDERED_FIELDS else items
    if value is False:
        return None
    return str(value) if key == "default_member_permissions" and value is not None else value
