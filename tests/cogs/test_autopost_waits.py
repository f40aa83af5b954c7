"""`/autopost` and slow parts: it acknowledges first, or changes nothing, and does not wait for optional data."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.app import plan_commands
from bot.autopost.plans import Plan
from bot.autopost.transitions import PlanState
from bot.errors import StorageError
from bot.storage.database import Database
from bot.storage.plan_store import PlanStore
from tests.cogs.autoposts import Autoposts
from tests.cogs.scene import ANSWER, THINKING, answer_of

CHOICES = 8
CALLBACK = "/interactions/*/*/callback"
LATE: dict[str, Any] = {"status": 404, "code": 10062}
COMMANDS: list[tuple[str, dict[str, Any]]] = [
    ("list", {}),
    ("preview", {"autopost": "1"}),
    ("pause", {"autopost": "1"}),
    ("resume", {"autopost": "1"}),
    ("remove", {"autopost": "1"}),
]


@pytest.fixture
async def planned(autoposts: Autoposts) -> Autoposts:
    """A server with one plan, number 1."""
    await autoposts.add()
    return autoposts


async def states(autoposts: Autoposts) -> list[PlanState]:
    """The states of the plans in the database."""
    return [plan.state for plan in await PlanStore(autoposts.database).load_guild(autoposts.guild.id)]


class TestAcknowledgement:
    @pytest.mark.parametrize(("command", "options"), COMMANDS)
    async def test_it_comes_first_and_is_private(
        self, planned: Autoposts, command: str, options: dict[str, Any]
    ) -> None:
        """The reply or the refusal replaces it."""
        before = len(planned.scene.sent)
        answered = answer_of(await planned.ask(command, **options))

        assert answered.ephemeral
        assert [("POST", THINKING), ("PATCH", None)] == planned.scene.steps_since(before)
        if options:
            before = len(planned.scene.sent)
            await planned.refuse(command, autopost="99")
            assert [("POST", THINKING), ("PATCH", None)] == planned.scene.steps_since(before)

    @pytest.mark.parametrize(("command", "options"), COMMANDS)
    async def test_refusal_that_needs_no_database_comes_at_once(
        self, planned: Autoposts, command: str, options: dict[str, Any]
    ) -> None:
        """A member without the permission is refused in the first answer."""
        planned.open_to_everybody()
        before = len(planned.scene.sent)
        planned.scene.refusal_of(await planned.scene.guest.slash(planned.channel, f"autopost {command}", **options))

        assert [("POST", ANSWER)] == planned.scene.steps_since(before)

    @pytest.mark.parametrize("command", ["pause", "remove"])
    async def test_one_that_is_late_changes_nothing(self, planned: Autoposts, command: str) -> None:
        """Discord tells the user that the interaction failed, and it did."""
        planned.env.inject_error("POST", CALLBACK, **LATE)
        await planned.ask(command, autopost="1")

        assert planned.env.errors
        assert [PlanState.ACTIVE] == await states(planned)

    async def test_late_resume_changes_nothing(self, planned: Autoposts) -> None:
        """The plan stays paused."""
        await planned.ask("pause", autopost="1")
        planned.env.inject_error("POST", CALLBACK, **LATE)
        await planned.ask("resume", autopost="1")

        assert planned.env.errors
        assert [PlanState.PAUSED] == await states(planned)

    async def test_late_click_posts_nothing(self, planned: Autoposts) -> None:
        """The button can be clicked again."""
        shown = answer_of(await planned.ask("preview", autopost="1"))
        planned.env.inject_error("POST", CALLBACK, **LATE)
        await planned.moderator.click(shown, label="Post now")

        assert [] == planned.posts()
        assert "Posted" in answer_of(await planned.moderator.click(shown, label="Post now")).content


class SlowPlans(PlanStore):
    """Plans that do not load until the test releases them."""

    def __init__(self, database: Database, autoposts: Autoposts) -> None:
        super().__init__(database)
        self.free = asyncio.Event()
        self._env = autoposts.env

    async def load_guild(self, guild_id: int) -> Sequence[Plan]:
        await self._env.external_wait(self.free.wait(), reason="the database takes its time")
        return await super().load_guild(guild_id)


class BrokenPlans(PlanStore):
    """Plans that cannot be loaded."""

    async def load_guild(self, guild_id: int) -> Sequence[Plan]:
        raise StorageError(f"The plans of {guild_id} cannot be read.")


class TestChoices:
    async def test_nothing_is_offered_while_the_database_takes_its_time(
        self, planned: Autoposts, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An empty list in time, because a full one would be too late; the next keystroke gets it."""
        monkeypatch.setattr(plan_commands, "OPTIONAL_TIMEOUT", timedelta(milliseconds=20))
        slow = SlowPlans(planned.database, planned)
        planned.bot.autoposts = replace(planned.bot.autoposts, plans=slow)
        assert [] == await planned.offered("remove", "autopost", "")

        slow.free.set()
        monkeypatch.undo()
        assert 1 == len(await planned.offered("remove", "autopost", ""))

    async def test_nothing_is_offered_of_plans_that_cannot_be_read(self, planned: Autoposts) -> None:
        """The command itself says what is wrong."""
        planned.bot.autoposts = replace(planned.bot.autoposts, plans=BrokenPlans(planned.database))

        before = len(planned.scene.sent)
        assert [] == await planned.offered("remove", "autopost", "")
        assert [("POST", CHOICES)] == planned.scene.steps_since(before)
        assert "My database is not responding" in await planned.refuse("remove", autopost="1")


class TestRoles:
    async def test_deleted_role_is_noticed(self, autoposts: Autoposts) -> None:
        """The list says which plan mentions a deleted role, and what to do."""
        gone, kept = (autoposts.guild.create_role(name, mentionable=True) for name in ("Gone", "Kept"))
        await autoposts.add(board="code", mention=gone)
        await autoposts.add(board="data", mention=kept, silent=True)
        assert f"(UTC), mentions <@&{gone.id}>; next" in await autoposts.listed()

        autoposts.env.backend.get_guild(autoposts.guild.id).roles.pop(gone.id)
        listed = await autoposts.listed()
        assert f"<@&{gone.id}>" not in listed
        assert (
            "mentions a role that was deleted (remove this autopost and add it again with another role); next" in listed
        )
        assert f"mentions <@&{kept.id}>, silently; next" in listed

    async def test_list_comes_without_the_note_if_discord_does_not_tell(self, autoposts: Autoposts) -> None:
        """The roles are optional; without mentions, they are not fetched."""
        await autoposts.add(board="code")
        before = len(autoposts.scene.sent)
        await autoposts.listed()
        assert [("POST", THINKING), ("PATCH", None)] == autoposts.scene.steps_since(before)

        role = autoposts.guild.create_role("Readers", mentionable=True)
        await autoposts.add(board="data", mention=role)
        autoposts.env.inject_error("GET", "/guilds/*", status=503)
        assert f"mentions <@&{role.id}>; next" in await autoposts.listed()
