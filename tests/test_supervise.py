import asyncio
import logging

import pytest

from bot.errors import StorageError
from bot.supervise import FIRST_PAUSE, LONGEST_PAUSE, contain, keep_running, supervising


class Pauses:
    """Records the pauses instead of waiting."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


class Failing:
    """A job that fails a number of times before it succeeds."""

    def __init__(self, times: int, error: Exception) -> None:
        self.left = times
        self.runs = 0
        self._error = error

    async def __call__(self) -> None:
        self.runs += 1
        if self.left > 0:
            self.left -= 1
            raise self._error


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


class TestKeepRunning:
    async def test_a_job_that_succeeds_is_not_restarted(self, pauses: Pauses) -> None:
        """It is done."""
        job = Failing(0, ValueError())
        await keep_running(job, name="job", sleep=pauses)
        assert (1, []) == (job.runs, pauses.seconds)

    @pytest.mark.parametrize("error", [ValueError("broken"), StorageError("full"), TimeoutError(), RuntimeError()])
    async def test_a_job_that_fails_is_restarted(self, pauses: Pauses, error: Exception) -> None:
        """After any error, as often as it takes."""
        job = Failing(3, error)
        await keep_running(job, name="job", sleep=pauses)
        assert (4, 3) == (job.runs, len(pauses.seconds))

    async def test_pauses_grow_and_are_bounded(self, pauses: Pauses) -> None:
        """From one second to five minutes, less a jitter of up to half."""
        await keep_running(Failing(12, ValueError()), name="job", sleep=pauses)
        ceilings = [min(LONGEST_PAUSE, FIRST_PAUSE * 2**run) for run in range(12)]
        assert all(ceiling / 2 <= seconds <= ceiling for seconds, ceiling in zip(pauses.seconds, ceilings, strict=True))
        assert LONGEST_PAUSE == ceilings[-1]

    async def test_pauses_are_short_again_after_a_long_run(self, pauses: Pauses) -> None:
        """A job that ran for longer than the longest pause was healthy."""
        lives = iter([0, 1, 1, 2, 2, 3, 3, 4 + LONGEST_PAUSE, 4 + LONGEST_PAUSE, 5 + LONGEST_PAUSE])
        await keep_running(Failing(4, ValueError()), name="job", sleep=pauses, monotonic=lambda: next(lives))
        *_, third, fourth = pauses.seconds
        assert third > FIRST_PAUSE >= fourth

    async def test_cancellation_ends_it(self, pauses: Pauses) -> None:
        """A cancellation is not a failure."""
        started = asyncio.Event()

        async def job() -> None:
            started.set()
            await asyncio.Event().wait()

        running = asyncio.create_task(keep_running(job, name="job", sleep=pauses))
        await started.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert [] == pauses.seconds

    async def test_cancellation_ends_a_pause(self) -> None:
        """A shutdown does not wait for five minutes."""
        pausing = asyncio.Event()

        async def pause(seconds: float) -> None:
            pausing.set()
            await asyncio.Event().wait()

        running = asyncio.create_task(keep_running(Failing(1, ValueError()), name="job", sleep=pause))
        await pausing.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running


class TestLog:
    async def test_an_expected_failure_is_one_sentence(self, pauses: Pauses, caplog: pytest.LogCaptureFixture) -> None:
        """The sentence says what is wrong, so there is no traceback."""
        await keep_running(Failing(1, StorageError("The disk is full.")), name="refresher", sleep=pauses)
        [record] = caplog.records
        assert (logging.WARNING, None) == (record.levelno, record.exc_info)
        assert "refresher" in record.getMessage()
        assert record.getMessage().endswith("The disk is full.")

    async def test_an_unexpected_failure_has_its_traceback(
        self, pauses: Pauses, caplog: pytest.LogCaptureFixture
    ) -> None:
        """It is a bug that someone has to find."""
        await keep_running(Failing(1, ValueError("oh")), name="refresher", sleep=pauses)
        [record] = caplog.records
        assert (logging.ERROR, True) == (record.levelno, record.exc_info is not None)
        assert "refresher" in record.getMessage()


async def test_the_log_has_the_operators_sentence(caplog: pytest.LogCaptureFixture) -> None:
    """Not the user's."""
    await contain(Failing(1, StorageError(operator="The disk is full."))(), name="refresher")

    assert ["refresher failed: The disk is full."] == caplog.messages


@pytest.mark.parametrize(("error", "expected"), [(None, True), (ValueError(), False), (StorageError("full"), False)])
async def test_one_job_among_many_is_contained(error: Exception | None, *, expected: bool) -> None:
    """Its failure is logged and returned, and not raised."""
    job = Failing(0 if error is None else 1, error or ValueError())
    assert expected is await contain(job(), name="post")


class TestSupervising:
    async def test_jobs_run_beside_the_block_and_end_with_it(self) -> None:
        """When the block ends, each job has time to clean up."""
        told: list[str] = []
        started = asyncio.Event()

        async def job() -> None:
            started.set()
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                told.append("tidied up")

        async with supervising({"one": job}):
            await started.wait()
            assert [] == told
        assert ["tidied up"] == told

    async def test_a_failing_job_does_not_affect_the_others(self) -> None:
        """Nor the block."""
        done = asyncio.Event()

        async def good() -> None:
            done.set()

        async with supervising({"bad": Failing(100, ValueError()), "good": good}):
            await done.wait()
        assert done.is_set()

    async def test_jobs_end_when_the_block_fails(self) -> None:
        """The block's own error is raised."""
        cancelled: list[bool] = []
        started = asyncio.Event()

        async def job() -> None:
            started.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.append(True)
                raise

        async def fail_beside_it() -> None:
            async with supervising({"one": job}):
                await started.wait()
                raise KeyError

        with pytest.raises(KeyError):
            await fail_beside_it()
        assert [True] == cancelled

    async def test_no_job_is_left_behind(self) -> None:
        """No task is left after the block."""

        async def job() -> None:
            await asyncio.Event().wait()

        before = asyncio.all_tasks()
        async with supervising({"one": job, "two": job}):
            assert 2 == len(asyncio.all_tasks() - before)
        assert set() == asyncio.all_tasks() - before
