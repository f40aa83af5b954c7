"""The OpenRouter client over an in-memory transport: how it reads each answer."""

import gzip
import logging
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import (
    APIError,
    APIStatusError,
    BadRequestError,
    ErrorCode,
    InternalServerError,
    InvalidResponseError,
    TooManyRequestsError,
    UnauthorizedError,
)
from bot.market.client import LARGEST_BODY, LONGEST_RETRY_AFTER
from tests.fakes.transport import BROKEN_OFF, SAMPLE, Wire, failure, streamed


class TestStatus:
    """Answers with another status than 200."""

    @pytest.mark.parametrize(
        ("status", "expected"),
        [
            (400, BadRequestError),
            (401, UnauthorizedError),
            (402, APIError),
            (403, APIError),
            (404, APIError),
            (408, APIError),
            (418, APIError),
            (429, TooManyRequestsError),
            (500, InternalServerError),
            (502, APIError),
            (503, APIError),
            (529, APIError),
        ],
    )
    @pytest.mark.parametrize("body", [b'{"error":{"code":0,"message":"no"}}', b"<html>", b"", b"\xff\xfe"])
    async def test_each_error_status_has_its_error(
        self, status: int, expected: type[APIStatusError], body: bytes
    ) -> None:
        """Whatever the body is."""
        error = await failure(Wire(lambda _: httpx.Response(status, content=body)))

        assert expected is type(error)
        assert status == getattr(error, "status", None)
        assert str(status) in error.operator_sentence
        assert error.code in {ErrorCode.RANKINGS_UNAVAILABLE, ErrorCode.RANKINGS_NEED_OPERATOR}

    async def test_body_of_an_error_is_not_read(self) -> None:
        """An endless or broken body does not hide the status."""
        endless = streamed(*[b"x" * 1_000_000] * 9, status=503)
        spoilt = httpx.Response(
            429, headers={"Content-Encoding": "gzip", "Retry-After": "7"}, content=_stream(b"no gzip")
        )
        torn = streamed(b"{", BROKEN_OFF, status=500)

        kinds = [await failure(Wire.of(answer)) for answer in (endless, spoilt, torn)]
        assert [APIError, TooManyRequestsError, InternalServerError] == [type(kind) for kind in kinds]
        assert timedelta(seconds=7) == getattr(kinds[1], "retry_after", None)

    @pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
    async def test_a_redirect_is_not_followed(self, status: int) -> None:
        """It would get the key; the sentence names the setting to check."""
        wire = Wire(lambda _: httpx.Response(status, headers={"Location": "https://elsewhere.example/"}))
        error = await failure(wire)

        assert InvalidResponseError is type(error)
        assert "OPENROUTER_BASE_URL" in error.operator_sentence
        assert 1 == len(wire.requests)

    @pytest.mark.parametrize("status", [201, 202, 204, 206])
    async def test_other_success_codes_are_refused(self, status: int) -> None:
        """Only 200 has the answer."""
        error = await failure(Wire(lambda _: httpx.Response(status, content=SAMPLE)))

        assert InvalidResponseError is type(error)
        assert f"status {status} instead of 200" in error.operator_sentence


class TestRetryAfter:
    """How long OpenRouter asks to wait."""

    async def wait_for(self, header: str | None, *, status: int = 429) -> timedelta | None:
        headers = {} if header is None else {"Retry-After": header}
        error = await failure(Wire(lambda _: httpx.Response(status, headers=headers)))
        assert isinstance(error, APIStatusError)
        return error.retry_after

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 502, 503, 520, 529])
    async def test_every_error_may_have_it(self, status: int) -> None:
        """Whether OpenRouter sent it, or a proxy in front of it."""
        assert timedelta(minutes=30) == await self.wait_for("1800", status=status)

    @pytest.mark.parametrize(("header", "seconds"), [("0", 0), ("17", 17), (" 3600 ", 3600), ("86400", 86_400)])
    async def test_seconds(self, header: str, seconds: int) -> None:
        """Whole seconds."""
        assert timedelta(seconds=seconds) == await self.wait_for(header)

    async def test_a_date(self) -> None:
        """An HTTP date, relative to now."""
        wait = await self.wait_for(format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True))

        assert wait is not None
        assert timedelta(minutes=9, seconds=50) < wait <= timedelta(minutes=10)

    async def test_a_past_date(self) -> None:
        """No wait."""
        assert timedelta(0) == await self.wait_for("Tue, 01 Sep 2020 00:00:00 GMT")

    @pytest.mark.parametrize("header", ["999999999", "Fri, 31 Dec 9999 23:59:59 GMT"])
    async def test_a_wait_of_more_than_a_day(self, header: str) -> None:
        """It counts as one day: OpenRouter's quotas are never longer."""
        assert LONGEST_RETRY_AFTER == await self.wait_for(header)

    @pytest.mark.parametrize(
        "header",
        [
            None,
            "",
            "soon",
            "-5",
            "1.5.1",
            "Mon",
            "9" * 5000,
            "Thu, 01 Jan 2026 99:99:99 GMT",
            "Thu, 01 Jan 2026 00:00:00 +99999999999999999999",
            "Thu, 99999999999999999999 Jan 2026 00:00:00 GMT",
        ],
        ids=lambda header: str(header)[:50],
    )
    async def test_unreadable_header(self, header: str | None) -> None:
        """It counts as missing."""
        assert await self.wait_for(header) is None

    @settings(deadline=None, max_examples=60)
    @given(header=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40))
    async def test_any_header(self, header: str) -> None:
        """The result is a valid wait or None."""
        wait = await self.wait_for(header)

        assert wait is None or timedelta(0) <= wait <= LONGEST_RETRY_AFTER


class TestBody:
    """Invalid answers with status 200."""

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"<!doctype html><title>One moment</title>",
            b"null",
            b"[]",
            SAMPLE[:-1],
            SAMPLE[: len(SAMPLE) // 2],
            SAMPLE.replace(b"Classification", b"\xff\xfe", 1),
            SAMPLE.decode().encode("utf-16"),
        ],
        ids=["empty", "HTML", "null", "list", "cut at the end", "cut", "not UTF-8", "UTF-16"],
    )
    async def test_body_that_does_not_match_the_documentation(self, body: bytes) -> None:
        """The sentence says so, and there is no retry."""
        error = await failure(Wire(lambda _: httpx.Response(200, content=body)))

        assert InvalidResponseError is type(error)
        assert error.operator_sentence.startswith("OpenRouter's answer does not match its documentation")

    async def test_skipped_entry_is_logged_in_one_line(self, caplog: pytest.LogCaptureFixture) -> None:
        """The rest is the answer."""
        odd = SAMPLE.replace(b'"usage_share":0.231', b'"usage_share":null', 1)
        async with Wire(lambda _: httpx.Response(200, content=odd)).client() as client:
            read = await client.get_task_classifications()

        assert 28 == len(read.data.classifications)
        assert [read.left_out] == [record.message for record in caplog.records if record.levelno == logging.WARNING]

    async def test_the_largest_body(self) -> None:
        """5 MB are accepted, one byte more is not."""
        padded = SAMPLE + b" " * (LARGEST_BODY - len(SAMPLE))
        async with Wire(lambda _: httpx.Response(200, content=padded)).client() as client:
            assert padded == (await client.get_task_classifications()).body

        error = await failure(Wire(lambda _: httpx.Response(200, content=padded + b" ")))
        assert "OpenRouter's answer is larger than the limit of 5 MB." == error.operator_sentence

    async def test_endless_body(self) -> None:
        """The client stops reading at the limit."""
        taken = 0

        async def endless() -> Any:
            nonlocal taken
            while True:
                taken += 1
                yield b"x" * 1_000_000

        error = await failure(Wire(lambda _: httpx.Response(200, content=endless())))
        assert InvalidResponseError is type(error)
        assert 6 == taken

    async def test_compressed_body(self) -> None:
        """Gzip is decompressed; the snapshot keeps the decompressed body."""
        packed = httpx.Response(200, headers={"Content-Encoding": "gzip"}, content=gzip.compress(SAMPLE))
        async with Wire(lambda _: packed).client() as client:
            assert SAMPLE == (await client.get_task_classifications()).body

    @pytest.mark.parametrize("encoding", ["gzip", "deflate"])
    async def test_body_that_cannot_be_decompressed(self, encoding: str) -> None:
        """An invalid answer, not an outage."""
        spoilt = httpx.Response(200, headers={"Content-Encoding": encoding}, content=_stream(b"garbage" * 9))
        error = await failure(Wire(lambda _: spoilt))

        assert "OpenRouter's answer cannot be decompressed." == error.operator_sentence

    async def test_decompression_bomb(self) -> None:
        """A body that decompresses to more than 5 MB is refused."""
        bomb = gzip.compress(b" " * 6_000_000)
        error = await failure(Wire(lambda _: streamed(bomb, Content_Encoding="gzip")))

        assert "OpenRouter's answer is larger than the limit of 5 MB." == error.operator_sentence


async def _stream(body: bytes) -> Any:
    yield body
