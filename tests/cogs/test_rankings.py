"""`/rankings` as users use it: commands, autocomplete and typed text."""

import re

import pytest

from bot.app.gallery import Market
from tests.cogs.scene import ANSWER, CITATION, THINKING, EmptyMarket, Scene, answer_of

LUNA = "openai/gpt-5.6-luna-20260709"

CARDS = [
    ("overview", {}, "What models are used for", ["Share of classified requests, last 7 days", "Classification 23.1 %"]),
    ("overview", {"metric": "tokens"}, "What models are used for", ["Share of classified tokens", "Code 37.3 %"]),
    ("code", {}, "Code", ["12.2 % of classified requests, last 7 days", "1 Code Generation 4.0 %", "GPT-5.6 Luna leads with 19.2 %"]),
    ("code", {"metric": "tokens"}, "Code", ["37.3 % of classified tokens", "1 Code Generation 12.5 %", "GPT-5.6 Luna has 21.6 %"]),
    ("data", {}, "Data", ["19.5 % of classified requests", "1 Data Extraction 13.9 %"]),
    ("data", {"metric": "tokens"}, "Data", ["of classified tokens", "Data Extraction"]),
    ("agent", {}, "Agent", ["13.8 % of classified requests", "1 Workflow Execution 8.7 %"]),
    ("agent", {"metric": "tokens"}, "Agent", ["of classified tokens", "Workflow Execution"]),
    ("general", {}, "General", ["54.4 % of classified requests", "1 Classification 23.1 %"]),
    ("general", {"metric": "tokens"}, "General", ["of classified tokens", "Classification 5.5 %"]),
    ("task", {"task": "code:debugging"}, "Debugging", ["2.3 % of classified requests (18.4 % of Code)", "1 DeepSeek V4 Flash 07-31 11.2 %"]),
    ("task", {"task": "code:general_impl", "metric": "tokens"}, "Code Generation", ["12.5 % of classified tokens", "GPT-5.6 Luna 21.6 %"]),
    ("model", {"model": LUNA}, "GPT-5.6 Luna", ["in 26 of 29 tasks", LUNA, "1 Code Generation 19.2 %"]),
    ("model", {"model": LUNA, "metric": "tokens"}, "GPT-5.6 Luna", [LUNA, "1 Code Generation 21.6 %"]),
]  # fmt: skip


@pytest.mark.parametrize(("command", "options", "title", "figures"), CARDS)
async def test_card_states_the_real_figures_and_their_source(
    scene: Scene, command: str, options: dict[str, str], title: str, figures: list[str]
) -> None:
    """Each command by each metric: figures, window, citation and licence."""
    embed = (await scene.show(command, **options)).embeds[0]

    assert title == embed.title
    assert "https://openrouter.ai/rankings" == embed.url
    assert CITATION == embed.footer.text
    said = " ".join((embed.description or "").replace("**", "").split())
    assert [] == [figure for figure in figures if figure not in said]


async def test_card_has_its_picture_with_a_description(scene: Scene) -> None:
    """Attached, shown in the embed, and described with its figures and its source."""
    message = await scene.show("code")
    (picture,) = message.attachments

    assert f"attachment://{picture.filename}" == message.embeds[0].image.url
    assert (await picture.read()).startswith(b"\x89PNG")
    assert "Code Generation 4.0 %, 32.4 % of Code, GPT-5.6 Luna leads with 19.2 %" in (picture.description or "")
    assert CITATION in (picture.description or "")
    assert picture.description == scene.sent[-1].body["embeds"][0]["image"]["description"]


async def test_task_and_model_cards_show_the_exact_id(scene: Scene) -> None:
    """The name is for reading, the id is exact."""
    task = await scene.show("task", task="Debugging")
    model = await scene.show("model", model="GPT-5.6 Luna")

    assert "`code:debugging`" in (task.embeds[0].description or "")
    assert f"`{LUNA}`" in (model.embeds[0].description or "")


async def test_warm_command_is_answered_with_one_request(scene: Scene) -> None:
    """A card that is ready is sent at once, without a deferral."""
    await scene.ask("code")
    before = len(scene.sent)
    await scene.ask("code")

    assert [("POST", ANSWER)] == scene.steps_since(before)


async def test_cold_command_defers_before_its_card_is_made(scene: Scene) -> None:
    """So Discord's limit of three seconds does not matter."""
    before = len(scene.sent)
    shown = answer_of(await scene.ask("code"))

    assert [("POST", THINKING), ("PATCH", None)] == scene.steps_since(before)
    assert "Code" == shown.embeds[0].title


async def test_command_works_in_a_direct_message(scene: Scene) -> None:
    """With the same card, which can be switched."""
    friend = scene.env.create_user("friend")
    shown = answer_of(await friend.slash("rankings code"))
    await friend.click(shown, label="by tokens")

    assert "37.3 % of classified tokens" in (shown.embeds[0].description or "")


class TestAutocomplete:
    @pytest.mark.parametrize(
        ("typed", "first"),
        [
            ("code:debugging", "code:debugging"),
            ("debug", "code:debugging"),
            ("sql", "code:sql_database"),
            ("general_impl", "code:general_impl"),
            ("roleplay", "roleplay_fiction"),
            ("fiction", "roleplay_fiction"),
            ("DEVOPS", "devops"),
        ],
    )
    async def test_tasks_are_found_by_tag_or_label(self, scene: Scene, typed: str, first: str) -> None:
        """By any part, the best match first."""
        offered = await scene.complete("task", "task", typed)

        assert first == offered[0]["value"]

    async def test_tasks_are_found_by_category(self, scene: Scene) -> None:
        """A category's name offers its tasks, the largest first."""
        offered = await scene.complete("task", "task", "agent")
        agents = [choice["value"] for choice in offered if choice["name"].endswith("(Agent)")]

        assert "agent:workflow_execution" == agents[0]
        assert 5 == len(agents)

    @pytest.mark.parametrize("typed", ["luna", "GPT-5.6 Luna", "gpt 5.6", "gpt-5.6-luna-2026", LUNA, "20260709"])
    async def test_models_are_found_by_any_part_of_id_or_name(self, scene: Scene, typed: str) -> None:
        """The best match comes first."""
        offered = await scene.complete("model", "model", typed)

        assert {"name": "GPT-5.6 Luna", "value": LUNA} == {key: offered[0][key] for key in ("name", "value")}

    async def test_nothing_typed_offers_the_first_twenty_five(self, scene: Scene) -> None:
        """Discord accepts 25 choices: the tasks with the most requests."""
        offered = await scene.complete("task", "task", "")

        assert 25 == len(offered)
        assert "Classification (General)" == offered[0]["name"]

    async def test_nonsense_offers_nothing(self, scene: Scene) -> None:
        """The answer is an empty list."""
        assert [] == await scene.complete("task", "task", "@everyone ``` zzz")
        assert [] == await scene.complete("model", "model", "q" * 6000)


class TestFreeText:
    @pytest.mark.parametrize("typed", ["code:debugging", "Debugging", "debugging (code)", "  debug ", "DEBUGG"])
    async def test_text_that_means_one_task_works(self, scene: Scene, typed: str) -> None:
        """Without choosing from the list."""
        shown = await scene.show("task", task=typed)

        assert "Debugging" == shown.embeds[0].title

    @pytest.mark.parametrize("typed", [LUNA, "luna", "gpt-5.6 luna", "5.6 LUNA"])
    async def test_text_that_means_one_model_works(self, scene: Scene, typed: str) -> None:
        """Any part of an id or a name, if only one model has it."""
        shown = await scene.show("model", model=typed)

        assert "GPT-5.6 Luna" == shown.embeds[0].title

    async def test_unknown_task_names_the_nearest_three(self, scene: Scene) -> None:
        """A typing error gets private suggestions."""
        said = await scene.ask_in_vain("task", task="Debuging")

        assert said.startswith("There is no task called “Debuging” in the data.")
        nearest = re.findall(r"[\w ]+ \(\w+\)", said.partition("Try one of these")[2])
        assert 3 == len(nearest)
        assert "Debugging (Code)" == nearest[0].strip()

    async def test_text_that_means_several_names_three_of_them(self, scene: Scene) -> None:
        """The two DeepSeek V4 Flash are told apart, and the bot does not guess."""
        said = await scene.ask_in_vain("model", model="deepseek v4 flash")

        assert "DeepSeek V4 Flash 07-31" in said
        assert "DeepSeek V4 Flash 04-23" in said

    @pytest.mark.parametrize("typed", ["@everyone", "`x` ``` **y** <@1> [a](https://b.c)", "#" * 6000])
    async def test_typed_text_is_echoed_harmlessly(self, scene: Scene, typed: str) -> None:
        """Without mentions, markdown and links, and shortened."""
        said = await scene.ask_in_vain("task", task=typed)

        assert "@everyone" not in said
        assert [] == [mark for mark in ("`", "**", "<@", "](") if mark in said.replace(f"\\{mark[0]}", "")]
        assert len(said) < 400


class TestColdMarket:
    @pytest.fixture
    def market(self, empty_market: EmptyMarket) -> Market:
        """Nothing has been fetched yet."""
        return empty_market

    @pytest.mark.parametrize(
        ("command", "options"),
        [("overview", {}), ("code", {}), ("task", {"task": "debugging"}), ("model", {"model": "luna"})],
    )
    async def test_first_command_ever_defers_and_waits(
        self, scene: Scene, command: str, options: dict[str, str]
    ) -> None:
        """The card replaces the deferral once there is data."""
        before = len(scene.sent)
        shown = await scene.show(command, **options)

        assert [("POST", THINKING), ("PATCH", None)] == scene.steps_since(before)
        assert CITATION == shown.embeds[0].footer.text

    async def test_autocomplete_offers_nothing_and_does_not_wait(self, scene: Scene) -> None:
        """There is no data yet."""
        assert [] == await scene.complete("task", "task", "debug")
        assert [] == await scene.complete("model", "model", "luna")
