"""The small buttons of a card: they send its data or its guide, privately to whoever clicks."""

import csv
from io import StringIO
from typing import Any

import pytest
from simcord.results import ResponseMessage

from bot.app.gallery import Market
from bot.app.messages import PreparedEmbed
from bot.market.editions import Edition
from tests.cogs.scene import (
    ANSWER,
    CITATION,
    THINKING,
    UPDATE,
    EmptyMarket,
    Scene,
    StoredMarket,
    answer_of,
    private_sentence_of,
)
from tests.odd_snapshots import ODD, snapshot_of, task

GUIDE = "How to read this"


async def records_in(message: ResponseMessage) -> list[dict[str, str]]:
    """The rows of the attached file, as a spreadsheet reads them."""
    (file,) = message.attachments
    return list(csv.DictReader(StringIO((await file.read()).decode("utf-8-sig"))))


class TestData:
    async def test_whoever_clicks_gets_the_board_as_csv(self, scene: Scene) -> None:
        """Privately and at once, with all rows and the source; the card stays. Also after a restart."""
        shown = await scene.show("overview", metric="tokens")
        embed = shown.embeds[0]
        await scene.restart()
        for actor in (scene.asker, scene.guest):
            before = len(scene.sent)
            told = answer_of(await actor.click(shown, label="data"))

            assert [("POST", ANSWER)] == scene.steps_since(before)
            assert (True, True) == (told.ephemeral, CITATION in told.content)
            assert ["overview-tokens-2026-08-31.csv"] == [file.filename for file in told.attachments]
            records = await records_in(told)
            assert (33, {CITATION}) == (len(records), {record["source"] for record in records})
            assert ("code", "0.373") == (records[0]["key"], records[0]["token_share"])
        assert embed == shown.embeds[0]

    async def test_data_is_of_the_day_of_its_card(self, scene: Scene, stored_market: StoredMarket) -> None:
        """The archive has it, even if there is newer data; the answer is deferred."""
        shown = await scene.show("code")
        stored_market.archived.append(stored_market.edition)
        stored_market.edition = Edition(snapshot_of([task("code:new")], as_of="2026-09-02"))
        before = len(scene.sent)
        told = answer_of(await scene.asker.click(shown, label="data"))

        assert [("POST", THINKING), ("PATCH", None)] == scene.steps_since(before)
        assert ["code-requests-2026-08-31.csv"] == [file.filename for file in told.attachments]
        assert "not archived" not in told.content
        assert told.ephemeral

    async def test_day_that_is_not_archived_is_said(self, scene: Scene, stored_market: StoredMarket) -> None:
        """The newest data is sent instead, and the answer says its date."""
        shown = await scene.show("code")
        stored_market.edition = Edition(snapshot_of([task("code:new")], as_of="2026-09-02"))
        told = answer_of(await scene.asker.click(shown, label="data"))

        assert "The data of 2026-08-31 is not in the archive, so this is the newest." in told.content
        assert ["code:new"] == [record["tag"] for record in await records_in(told)]
        assert ["code-requests-2026-09-02.csv"] == [file.filename for file in told.attachments]

    async def test_unknown_board_is_refused_before_anything_is_loaded(self, scene: Scene) -> None:
        """For an unreadable board, the answer says how boards are written."""
        shown = await scene.show("code")
        shown._message.components[-1]["components"][1]["custom_id"] = forged = "csv:2026-99-99:movers:7/tokens"
        before = len(scene.sent)

        assert "is not a board" in private_sentence_of(await scene.asker.click(shown, custom_id=forged))
        assert [("POST", ANSWER)] == scene.steps_since(before)


class TestGuide:
    async def test_whoever_clicks_learns_how_to_read_the_card(self, scene: Scene) -> None:
        """Privately and at once; the card stays. Also after a restart."""
        shown = await scene.show("task", task="Debugging", metric="tokens")
        await scene.restart()
        before = len(scene.sent)
        told = answer_of(await scene.guest.click(shown, label=GUIDE))

        assert [("POST", ANSWER)] == scene.steps_since(before)
        assert told.ephemeral
        said = told.embeds[0].description or ""
        assert "**Debugging**\n7.7 % of classified tokens (20.6 % of Code), last 7 days." in said
        assert CITATION == told.embeds[0].footer.text


class TestColdMarket:
    @pytest.fixture
    def market(self, empty_market: EmptyMarket) -> Market:
        """No data is in memory yet, and it has boards whose keys are too long for a `custom_id`."""
        empty_market.coming = Edition(ODD["long_tags"]())
        return empty_market

    @pytest.mark.parametrize("label", ["data", GUIDE])
    async def test_click_is_acknowledged_before_the_first_data(
        self, scene: Scene, empty_market: EmptyMarket, label: str
    ) -> None:
        """The answer replaces the deferred response, privately. A short key is looked up."""
        shown = await scene.show("task", task="Task 1")
        await scene.restart()
        empty_market.forget()
        before = len(scene.sent)
        told = answer_of(await scene.guest.click(shown, label=label))

        assert [("POST", THINKING), ("PATCH", None)] == scene.steps_since(before)
        assert told.ephemeral
        assert "Task 1" in f"{told.content}{[embed.description for embed in told.embeds]}"

    async def test_short_key_that_nobody_knows_says_what_to_do(self, scene: Scene) -> None:
        """The user gets one private answer that says so."""
        shown = await scene.show("task", task="Task 1")
        forged = f"csv:2026-08-31:~{'0' * 24}"
        (data,) = [one for one in shown._message.components[-1]["components"] if one["label"] == "data"]
        data["custom_id"] = forged
        said = private_sentence_of(await scene.asker.click(shown, custom_id=forged))

        assert said.startswith("The newest data no longer has this ranking")


class TestRefusedAltText:
    @pytest.fixture(autouse=True)
    def _until_then(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Accept the alt text again after the test."""
        monkeypatch.setattr(PreparedEmbed, "has_alt_text", True)

    def refuse(self, scene: Scene, method: str, path: str) -> None:
        """Let Discord refuse the next request for the alt text in its embed."""
        reason = "Invalid Form Body\nIn embeds.0.image.description: Not allowed."
        scene.env.inject_error(method, path, status=400, code=50035, message=reason)

    def images_since(self, scene: Scene, number: int) -> list[bool]:
        """Whether each sent embed had an alt text."""
        bodies: list[Any] = [request.body.get("data", request.body) for request in scene.sent[number:]]
        return ["description" in body["embeds"][0]["image"] for body in bodies if body and "embeds" in body]

    async def test_no_answer_is_lost(self, scene: Scene) -> None:
        """A deferred card, a ready one and a switch in place all arrive; later requests are sent only once."""
        for number, (method, path) in enumerate(
            [("PATCH", "/webhooks/*/*/messages/@original"), ("POST", "/interactions/*/*/callback")]
        ):
            PreparedEmbed.has_alt_text = True
            before = len(scene.sent)
            self.refuse(scene, method, path)
            assert "Code" == (await scene.show("code")).embeds[0].title
            assert [True, False] == self.images_since(scene, before), number

        shown = await scene.show("code", metric="tokens")
        PreparedEmbed.has_alt_text = True
        before = len(scene.sent)
        self.refuse(scene, "POST", "/interactions/*/*/callback")
        await scene.asker.click(shown, label="by requests")
        assert [("POST", UPDATE), ("POST", UPDATE)] == scene.steps_since(before)
        assert [True, False] == self.images_since(scene, before)

        before = len(scene.sent)
        await scene.ask("code")
        assert [("POST", ANSWER)] == scene.steps_since(before)
        assert [False] == self.images_since(scene, before)
