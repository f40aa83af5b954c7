"""Who can reach a server's plans: only its own moderators, by any way."""

from typing import Any

import discord
import pytest
from simcord.backend.errors import SetupError
from simcord.results import ResponseMessage

from tests.cogs.autoposts import Autoposts, as_read
from tests.cogs.scene import answer_of, private_sentence_of

COMMANDS: list[tuple[str, dict[str, Any]]] = [
    ("add", {"board": "code"}),
    ("list", {}),
    ("remove", {"autopost": "1"}),
    ("pause", {"autopost": "1"}),
    ("resume", {"autopost": "1"}),
    ("preview", {"autopost": "1"}),
]
FOR_MANAGERS = "This requires the Manage Server permission. Ask an admin of this server for it."
NO_SUCH_PLAN = "This server has no such autopost. Pick one from the list."


@pytest.fixture
async def planned(autoposts: Autoposts) -> Autoposts:
    """A server with one plan, number 1."""
    await autoposts.add()
    return autoposts


def forge(message: ResponseMessage, plan: str) -> None:
    """Make the button of a preview name another plan."""
    for row in message._message.components:
        for component in row["components"]:
            component["custom_id"] = f"autopost:post:{plan}"


class TestMemberWithoutManageServer:
    async def test_every_command_is_tried_here(self, autoposts: Autoposts) -> None:
        """A new command must be added to these tests."""
        assert {name for name, _ in COMMANDS} == {one["name"] for one in autoposts.registered()["options"]}

    @pytest.mark.parametrize(("command", "options"), COMMANDS)
    async def test_command_is_hidden(self, planned: Autoposts, command: str, options: dict[str, Any]) -> None:
        """Discord shows it only to moderators, unless a server decides otherwise."""
        if command == "add":
            options = {"channel": planned.channel, **options}
        with pytest.raises(SetupError, match="not visible"):
            await planned.scene.guest.slash(planned.channel, f"autopost {command}", **options)

    @pytest.mark.parametrize(("command", "options"), COMMANDS)
    async def test_command_that_was_opened_is_refused(
        self, planned: Autoposts, command: str, options: dict[str, Any]
    ) -> None:
        """Even if the command is shown to everyone, the bot checks the permission."""
        planned.open_to_everybody()
        if command == "add":
            options = {"channel": planned.channel, **options}
        before = await planned.listed()
        result = await planned.scene.guest.slash(planned.channel, f"autopost {command}", **options)

        assert FOR_MANAGERS == as_read(planned.scene.refusal_of(result))
        assert before == await planned.listed()

    async def test_plans_are_not_offered(self, planned: Autoposts) -> None:
        """Autocomplete reveals no plans."""
        planned.open_to_everybody()

        assert [] == list(await planned.scene.guest.autocomplete(planned.channel, "autopost remove", "autopost", ""))

    async def test_forged_click_is_refused(self, planned: Autoposts) -> None:
        """A click with a plan's id posts nothing without the permission."""
        shown = answer_of(await planned.scene.asker.slash(planned.channel, "rankings code"))
        forge(shown, "1")
        clicked = await planned.scene.guest.click(shown, label="by tokens")

        assert FOR_MANAGERS == as_read(private_sentence_of(clicked))
        assert [] == planned.posts()


class TestAnotherServer:
    @pytest.fixture
    async def neighbour(self, planned: Autoposts) -> Autoposts:
        """The moderator of another server, without plans."""
        guild = planned.env.create_guild("Next door")
        may_manage = guild.create_role("Moderators", permissions=discord.Permissions(manage_guild=True))
        moderator = guild.add_member(planned.env.create_user("stranger"), roles=[may_manage])
        return planned.moved_to(guild, guild.create_text_channel("lobby"), moderator)

    @pytest.mark.parametrize("command", ["remove", "pause", "resume", "preview"])
    async def test_forged_option_value_reaches_no_plan(
        self, planned: Autoposts, neighbour: Autoposts, command: str
    ) -> None:
        """A client may send any value: a plan of another server counts as missing."""
        before = await planned.listed()
        for forged in ("1", "01", "1 OR 1=1", "", "x" * 6000):
            assert NO_SUCH_PLAN == await neighbour.refuse(command, autopost=forged)

        assert before == await planned.listed()

    async def test_forged_click_reaches_no_plan(self, planned: Autoposts, neighbour: Autoposts) -> None:
        """A forged button with another server's plan posts nothing."""
        await neighbour.add()
        shown = answer_of(await neighbour.ask("preview", autopost="2"))
        forge(shown, "1")
        clicked = await neighbour.moderator.click(shown, label="Post now")

        assert NO_SUCH_PLAN == as_read(private_sentence_of(clicked))
        assert ([], []) == (planned.posts(), neighbour.posts(neighbour.channel))

    async def test_plans_are_neither_listed_nor_offered(self, planned: Autoposts, neighbour: Autoposts) -> None:
        """Each server sees its own."""
        assert "There are none yet" in await neighbour.listed()
        assert [] == await neighbour.offered("remove", "autopost", "")


async def test_command_is_for_servers_only(autoposts: Autoposts) -> None:
    """It is registered neither for direct messages nor for user installs."""
    registered = autoposts.registered()

    assert ([0], [0]) == (registered["contexts"], registered["integration_types"])
    assert "autopost" not in {name.split()[0] for name in autoposts.env.create_user("friend").available_commands()}
