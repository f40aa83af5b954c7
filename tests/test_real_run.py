"""The unmodified process `python -m bot`, against a Discord and an OpenRouter on loopback."""

import asyncio
import compileall
import json
from pathlib import Path

import pytest

from bot.market.keys import is_shortened
from tests.real_run import COMPARED_BY_TOKENS, YESTERDAY, Story, embed_of, live_through, open_world
from tests.wire.openrouter import OpenRouterStandIn
from tests.wire.values import EPHEMERAL

NOT_ITS_OWN = "wrong.token.of-this-test"


ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """A day without failures, run once for all tests."""
    for package in ("bot", "cogs"):  # a process that compiles them itself takes more memory and time
        compileall.compile_dir(ROOT / package, quiet=1)
    return asyncio.run(live_through(tmp_path_factory.mktemp("run")))


class TestFirstRun:
    def test_answers_with_the_figures_of_the_real_answer(self, story: Story) -> None:
        """`/rankings code`: Code Generation, with its share and its leading model."""
        embed = embed_of(story.first.answers["tokens"])
        said = " ".join(embed["description"].split())

        assert "Code" == embed["title"]
        assert "37.3 % of classified tokens, last 7 days" in said
        assert "1 **Code Generation** 12.5 %; GPT-5.6 Luna has 21.6 %" in said
        assert f"as of {YESTERDAY}. Licensed under CC BY 4.0." in embed["footer"]["text"]

    def test_card_has_its_picture(self, story: Story) -> None:
        """A PNG with its alternative text."""
        (picture,) = story.first.answers["tokens"].message.attachments

        assert picture.data.startswith(b"\x89PNG")
        assert "Code Generation 12.5 %" in (picture.description or "")

    def test_user_install_works_without_a_server(self, story: Story) -> None:
        """A card that is ready is sent at once."""
        alone = story.first.answers["alone"]

        assert "Code" == embed_of(alone)["title"]
        assert 4 == alone.type

    def test_autocomplete_offers_what_matches(self, story: Story) -> None:
        """It offers matching tasks of the snapshot."""
        assert {"name": "Debugging (Code)", "value": "code:debugging"} in story.first.choices

    def test_commands_are_registered_once(self, story: Story) -> None:
        """The second start finds its commands registered."""
        assert (1, 1) == (story.first.registrations, story.second.registrations)

    def test_health_is_answered_once_the_bot_is_ready(self, story: Story) -> None:
        """`HEALTH_PORT` answers 200."""
        assert 200 == story.first.health

    def test_ends_cleanly_after_sigterm(self, story: Story) -> None:
        """Soon, and with exit code 0."""
        assert (0, 0) == (story.first.code, story.second.code)
        assert story.first.seconds_to_end < 5, f"the end took {story.first.seconds_to_end:.1f} s"

    def test_memory_stays_in_bounds(self, story: Story) -> None:
        """Idle, and after ten pictures with the process that draws them."""
        said = f"{story.first.mib_idle:.0f} MiB idle, {story.first.mib_with_pictures:.0f} MiB after ten pictures"

        assert story.first.mib_idle <= 92, said
        assert story.first.mib_with_pictures <= 115, said

    def test_log_is_one_json_object_per_line(self, story: Story) -> None:
        """`LOG_FORMAT=json` writes nothing else."""
        lines = [json.loads(line) for line in story.first.stderr.splitlines()]

        assert "" == story.first.stdout
        assert any(str(line["message"]).startswith("Ready as") for line in lines)
        assert [] == [line for line in lines if line["levelname"] in {"ERROR", "CRITICAL"}]

    def test_key_and_token_stay_secret(self, story: Story) -> None:
        """No log, file, database or message contains them; only OpenRouter's header has the key."""
        assert [] == story.secrets_found
        assert story.key_was_sent_to_openrouter


class TestSecondRun:
    def test_answers_from_the_archive_without_a_request(self, story: Story) -> None:
        """A restart costs no request to OpenRouter."""
        said = " ".join(embed_of(story.second.answers["code"])["description"].split())

        assert "1 **Code Generation** 4.0 %; GPT-5.6 Luna leads with 19.2 %" in said
        assert 2 == story.first.requests_to_openrouter
        assert story.first.requests_to_openrouter == story.second.requests_to_openrouter

    def test_card_of_the_first_run_still_switches_in_place(self, story: Story) -> None:
        """A click on a message of another process works as usual."""
        clicked, asked = story.second.answers["click"], story.first.answers["code"]

        assert asked.message.id == clicked.message.id
        assert "37.3 % of classified tokens" in embed_of(clicked)["description"]

    def test_card_of_the_first_run_whose_board_has_a_short_key_does_too(self, story: Story) -> None:
        """The database has the key, because the text of a comparison does not fit into a control."""
        clicked = embed_of(story.second.answers["click on a short key"])

        assert is_shortened(COMPARED_BY_TOKENS.key)
        assert "GPT-5.6 Luna and DeepSeek V4 Flash 07-31" == clicked["title"]
        assert "Share of each task's tokens, last 7 days" in clicked["description"]


async def test_wrong_token_is_one_line_and_exit_code_two(tmp_path: Path) -> None:
    """The operator reads which setting is wrong, without a traceback or the token."""
    async with open_world(tmp_path) as world, world.start(DISCORD_TOKEN=NOT_ITS_OWN) as process:
        code = await process.wait()

        assert 2 == code
        complaints = [line for line in process.stderr.splitlines() if "DISCORD_TOKEN" in line]
        assert ["Discord rejects DISCORD_TOKEN: copy the bot's token into .env again."] == complaints
        assert "Traceback" not in process.stderr
        assert NOT_ITS_OWN not in process.stdout + process.stderr


async def test_command_without_any_data_is_answered_privately(tmp_path: Path) -> None:
    """OpenRouter is down at the first start: the user gets one private sentence; the channel shows nothing."""
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
        assert (False, True) == ("(500)" in told.content, "(500)" in process.stderr)
        assert answer.is_deleted
        assert [] == world.discord.messages.in_channel(world.channel)
        assert "Traceback" not in process.stderr
        assert (0, True) == (process.returncode, seconds < 5)
