"""What files may hold: answers, envelopes of archives, and lines of an export; and what is refused."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from bot.errors import InvalidResponseError
from bot.operations.envelopes import Answer, ExportedRevision, is_exported, read_document, read_exported
from bot.operations.sample import PATH
from bot.storage.revisions import Revision
from tests.fakes.answers import answer, body, task

SAMPLE = PATH.read_bytes()
RESPONSE = json.loads(SAMPLE)
NOON = datetime(2026, 9, 10, 12, tzinfo=UTC)
FETCHED_AT = datetime(2026, 9, 1, 0, 39, tzinfo=UTC)
TASKS = {"path": "/api/v1/classifications/task", "params": {"window": "7d"}, "response": RESPONSE}
MODELS = {"path": "/api/v1/models", "params": {}, "response": {"data": []}}


def envelope(**altered: object) -> dict[str, Any]:
    """An envelope as public archives keep it."""
    whole = {
        "as_of": "2026-08-31",
        "fetched_at": "2026-09-01T00:39:00Z",
        "citation": "Source: …",
        "requests": [MODELS, TASKS],
    }
    return whole | altered


def read(value: object) -> Answer:
    """Read a document that holds a value."""
    return read_document(json.dumps(value, indent=1).encode())


def checked(held: Answer, *, written_at: datetime = NOON) -> Revision:
    """Check an answer at noon."""
    return held.checked(written_at=written_at, now=NOON)


def refusal(work: Callable[[], object]) -> str:
    """The reason that it gives."""
    with pytest.raises(InvalidResponseError) as refused:
        work()
    return refused.value.operator_sentence


class TestEnvelopes:
    @pytest.mark.parametrize(
        "altered",
        [
            {},
            {"requests": [TASKS]},
            {"requests": [{"response": RESPONSE}]},
            {
                "requests": [
                    {"url": "https://openrouter.ai/api/v1/classifications/task?window=7d", "response": RESPONSE}
                ]
            },
            {"requests": [{"path": "classifications/task/", "response": SAMPLE.decode()}]},
            {"requests": [{**TASKS, "params": {"window": "30d"}, "response": {}}, TASKS, "noise"]},
            {"requests": None, "response": RESPONSE},
        ],
    )
    def test_holds_the_very_bytes_that_openrouter_sent(self, altered: dict[str, object]) -> None:
        """OpenRouter sends compact JSON, so the bytes come back from an envelope that was parsed and written again."""
        whole = {name: value for name, value in envelope(**altered).items() if value is not None}
        held = read(whole)
        assert (SAMPLE, date(2026, 8, 31), FETCHED_AT) == (held.body, held.as_of, held.fetched_at)
        assert (FETCHED_AT, FETCHED_AT, True) == (
            (revision := checked(held)).fetched_at,
            revision.checked_at,
            revision.fetched_at_known,
        )

    @pytest.mark.parametrize(
        "form",
        [
            lambda requests: SAMPLE,
            lambda requests: SAMPLE + b"\n",
            lambda requests: json.dumps(RESPONSE).encode(),
            lambda requests: json.dumps(RESPONSE, sort_keys=True, separators=(",", ":")).encode(),
            lambda requests: json.dumps(RESPONSE, indent=2, ensure_ascii=False).encode(),
            lambda requests: json.dumps(RESPONSE["data"], sort_keys=True, separators=(",", ":")).encode(),
            lambda requests: json.dumps([each["response"] for each in requests], separators=(",", ":")).encode(),
            lambda requests: json.dumps(requests, sort_keys=True, separators=(",", ":")).encode(),
        ],
    )
    def test_hash_of_the_usual_forms_is_accepted(self, form: Callable[[Any], bytes]) -> None:
        """Of the answer, its data, all answers or all requests, however the JSON was written."""
        whole = envelope()
        digest = sha256(form(whole["requests"])).hexdigest()
        for written in (digest, digest.upper(), f"sha256:{digest}"):
            assert SAMPLE == read(whole | {"content_sha256": written}).body
        assert SAMPLE == read(envelope(requests=[{**TASKS, "content_sha256": sha256(SAMPLE).hexdigest()}])).body

    @pytest.mark.parametrize(
        ("altered", "reason"),
        [
            ({"content_sha256": "0" * 64}, "its content_sha256 fits neither its response nor its requests"),
            ({"content_sha256": 5}, "its content_sha256 fits neither"),
            ({"requests": [MODELS]}, "its envelope holds no request for classifications/task with the window 7d"),
            ({"requests": []}, "its envelope holds no request for"),
            ({"requests": {"path": "classifications/task"}}, "its envelope holds no request for"),
            ({"requests": [TASKS, TASKS]}, "its envelope holds 2 requests for"),
            ({"requests": [{**TASKS, "params": {"window": "30d"}}]}, "its envelope holds no request for"),
            ({"requests": [{**TASKS, "path": "http://[", "response": 1}, MODELS]}, "its envelope holds no request"),
            ({"requests": [{**TASKS, "response": None}]}, "its envelope holds no response"),
            ({"requests": [{**TASKS, "response": "\ud800"}]}, "it is not JSON"),
            ({"requests": [{**TASKS, "response": {"a": "\ud800"}}]}, "its response cannot be written as JSON again"),
            ({"as_of": "yesterday"}, "its as_of is not a time such as"),
            ({"fetched_at": 1_788_000_000}, "its fetched_at is not a time such as"),
            ({"synthetic": True}, "it is marked as synthetic"),
            ({"requests": [{**TASKS, "response": {**RESPONSE, "synthetic": True}}]}, "it is marked as synthetic"),
            ({"requests": [{**TASKS, "response": '{"synthetic": true}'}]}, "it is marked as synthetic"),
        ],
    )
    def test_is_refused_with_a_reason(self, altered: dict[str, object], reason: str) -> None:
        """Before anything is stored."""
        assert refusal(lambda: read(envelope(**altered))).startswith(reason)

    def test_day_of_the_envelope_must_be_that_of_the_answer(self) -> None:
        """It also says both days."""
        held = read(envelope(as_of="2026-08-30"))
        assert "it says as_of 2026-08-30, but its answer is as of 2026-08-31" == refusal(lambda: checked(held))

    def test_time_without_a_zone_is_utc(self) -> None:
        """As all dates of the source are; another zone is converted, and no time is unknown."""
        for written in ("2026-09-01T00:39:00", "2026-09-01T02:39:00+02:00"):
            assert FETCHED_AT == read(envelope(fetched_at=written)).fetched_at
        assert read(envelope(fetched_at=None)).fetched_at is None


class TestAnswers:
    def test_bytes_are_kept(self) -> None:
        """The answer of a raw file is stored as it is."""
        assert SAMPLE == checked(read_document(SAMPLE)).body

    @pytest.mark.parametrize(
        ("written_at", "expected"),
        [
            (datetime(2026, 9, 5, tzinfo=UTC), datetime(2026, 9, 5, tzinfo=UTC)),
            (datetime(1980, 1, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)),
            (datetime(2040, 1, 1, tzinfo=UTC), NOON),
        ],
    )
    def test_unknown_time_is_the_latest_possible_one(self, written_at: datetime, expected: datetime) -> None:
        """The file's, but neither before the end of the day nor in the future; and it is marked as unknown."""
        revision = checked(read_document(SAMPLE), written_at=written_at)
        assert (expected, expected, False) == (revision.fetched_at, revision.checked_at, revision.fetched_at_known)

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            (b"[1]", "it is not a JSON object"),
            (b"{", "it is not JSON"),
            (b'{"a":' * 100_000, "it is not JSON"),
            (b'{"a": 1}', "it is neither an answer of OpenRouter nor an envelope with one"),
            (b'{"error": {"code": 429, "message": "slow down"}}', "it is neither an answer"),
            (body(answer() | {"synthetic": True}), "it is marked as synthetic"),
            (body(answer(synthetic=True)), "it is marked as synthetic"),
        ],
    )
    def test_document_is_refused(self, text: bytes, reason: str) -> None:
        """If it holds no answer, or an invented one."""
        assert refusal(lambda: read_document(text)).startswith(reason)

    @pytest.mark.parametrize(
        ("altered", "reason"),
        [
            ({"tasks": [task("a", requests=1.5)]}, "OpenRouter's answer does not match its documentation"),
            ({"tasks": []}, "OpenRouter's answer does not match its documentation"),
            ({"as_of": "2026-09-12"}, "OpenRouter's answer has the date 2026-09-12, which is in the future."),
            ({"window_days": 30}, "its window has 30 days instead of 7"),
        ],
    )
    def test_answer_is_checked_like_a_live_one(self, altered: dict[str, Any], reason: str) -> None:
        """And its window must be the one of the archive."""
        assert refusal(lambda: checked(read_document(body(answer(**altered))))).startswith(reason)

    @pytest.mark.parametrize(("fetched", "last_checked"), [(1, 0), (0, 1)])
    def test_time_in_the_future_is_refused(self, fetched: int, last_checked: int) -> None:
        """It would hide every revision that is received until then."""
        times = [NOON + timedelta(seconds=ahead) for ahead in (fetched, last_checked)]
        held = Answer(SAMPLE, fetched_at=times[0], checked_at=times[1])
        assert "in the future: check the clocks" in refusal(lambda: checked(held))


class TestLines:
    @pytest.mark.parametrize("is_known", [True, False])
    def test_revision_comes_back(self, *, is_known: bool) -> None:
        """Any text in it does too."""
        text = json.dumps(answer(tasks=[task('代码 \u2028 " \\n', display_name="\x07")]), ensure_ascii=False).encode()
        revision = Revision("7d", date(2026, 8, 31), text, FETCHED_AT, NOON, is_known)
        if not is_known:
            revision = Revision("7d", date(2026, 8, 31), text, NOON, NOON, fetched_at_known=False)
        line = ExportedRevision.of(revision).model_dump_json().encode()
        assert is_exported(line)
        assert b"\n" not in line
        assert revision == checked(read_exported(line))

    @pytest.mark.parametrize(
        ("altered", "reason"),
        [
            ({"sha256": "0" * 64}, "its body does not match its sha256"),
            ({"body": "{}"}, "its body does not match its sha256"),
            ({"body": 5}, "body is malformed: "),
            ({"window": "30d"}, "window is malformed: "),
            ({"as_of": "x"}, "as_of is malformed: "),
            ({"fetched_at": "2026-09-01T00:00:00"}, "fetched_at is malformed: "),
            ({"checked_at": None}, "checked_at is malformed: "),
            ({"synthetic": True}, "it is marked as synthetic"),
        ],
    )
    def test_line_is_refused(self, altered: dict[str, object], reason: str) -> None:
        """It names the field."""
        revision = Revision("7d", date(2026, 8, 31), SAMPLE, FETCHED_AT, NOON)
        line = ExportedRevision.of(revision).model_dump(mode="json") | altered
        assert refusal(lambda: read_exported(json.dumps(line).encode())).startswith(reason)
