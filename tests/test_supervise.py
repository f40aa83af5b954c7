import asyncio
import logging

import pytest

from bot.errors import StorageError
from bot.supervise import FIRST_PAUSE, LONGEST_PAUSE, contain, keep_running, supervising


class Pauses:
    """Waits no time, and keeps for how long it would have."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


class Failing:
    """A job that fails some times before it ends."""

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
    async def test_a_job_that_ends_is_not_started_again(self, pauses: Pauses) -> None:
        """It has done what it had to do."""
        job = Failing(0, ValueError())
        await keep_running(job, name="job", sleep=pauses)
        assert (1, []) == (job.runs, pauses.seconds)

    @pytest.mark.parametrize("error", [ValueError("broken"), StorageError("full"), TimeoutError(), RuntimeError()])
    async def test_a_job_that_fails_is_started_again(self, pauses: Pauses, error: Exception) -> None:
        """Whatever it failed of, as often as it takes."""
        job = Failing(3, error)
        await keep_running(job, name="job", sleep=pauses)
        assert (4, 3) == (job.runs, len(pauses.seconds))

    async def test_pauses_grow_and_are_bounded(self, pauses: Pauses) -> None:
        """From a second to five minutes, each somewhere in the upper half, so that not all come at once."""
        await keep_running(Failing(12, ValueError()), name="job", sleep=pauses)
        ceilings = [min(LONGEST_PAUSE, FIRST_PAUSE * 2**run) for run in range(12)]
        assert all(ceiling / 2 <= seconds <= ceiling for seconds, ceiling in zip(pauses.seconds, ceilings, strict=True))
        assert LONGEST_PAUSE == ceilings[-1]

    async def test_pauses_are_short_again_after_a_long_life(self, pauses: Pauses) -> None:
        """What worked for longer than the longest pause has come to rest before it failed."""
        lives = iter([0, 1, 1, 2, 2, 3, 3, 4 + LONGEST_PAUSE, 4 + LONGEST_PAUSE, 5 + LONGEST_PAUSE])
        await keep_running(Failing(4, ValueError()), name="job", sleep=pauses, monotonic=lambda: next(lives))
        *_, third, fourth = pauses.seconds
        assert third > FIRST_PAUSE >= fourth

    async def test_cancellation_ends_it(self, pauses: Pauses) -> None:
        """It is no failure."""
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
        """Nobody waits five minutes for the end."""
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
    async def test_a_foreseen_failure_is_one_sentence(self, pauses: Pauses, caplog: pytest.LogCaptureFixture) -> None:
        """Its sentence says what is wrong, so there is no traceback."""
        await keep_running(Failing(1, StorageError("The disk is full.")), name="refresher", sleep=pauses)
        [record] = caplog.records
        assert (logging.WARNING, None) == (record.levelno, record.exc_info)
        assert "refresher" in record.getMessage()
        assert record.getMessage().endswith("The disk is full.")

    async def test_an_unforeseen_failure_has_its_traceback(
        self, pauses: Pauses, caplog: pytest.LogCaptureFixture
    ) -> None:
        """It is a bug, and somebody has to find it."""
        await keep_running(Failing(1, ValueError("oh")), name="refresher", sleep=pauses)
        [record] = caplog.records
        assert (logging.ERROR, True) == (record.levelno, record.exc_info is not None)
        assert "refresher" in record.getMessage()


async def test_the_log_has_the_operators_sentence(caplog: pytest.LogCaptureFixture) -> None:
    """What is meant for a user would help nobody there."""
    await contain(Failing(1, StorageError(operator="The disk is full."))(), name="refresher")

    assert ["refresher failed: The disk is full."] == caplog.messages


@pytest.mark.parametrize(("error", "expected"), [(None, True), (ValueError(), False), (StorageError("full"), False)])
async def test_one_job_among_many_is_contained(error: Exception | None, *, expected: bool) -> None:
    """Its failure is logged and told, and not raised."""
    job = Failing(0 if error is None else 1, error or ValueError())
    assert expected is await contain(job(), name="post")


class TestSupervising:
    async def test_jobs_run_beside_the_block_and_end_with_it(self) -> None:
        """When the block is left, each has had the time to tidy up."""
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

    async def test_a_failing_job_leaves_the_others_and_the_block_alone(self) -> None:
        """One that breaks at once does not keep another from its work."""
        done = asyncio.Event()

        async def good() -> None:
            done.set()

        async with supervising({"bad": Failing(100, ValueError()), "good": good}):
            await done.wait()
        assert done.is_set()

    async def test_jobs_end_when_the_block_fails(self) -> None:
        """The block's own error is what is raised."""
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
        """Of all that it started nothing runs on."""

        async def job() -> None:
            await asyncio.Event().wait()

        before = asyncio.all_tasks()
        async with supervising({"one": job, "two": job}):
            assert 2 == len(asyncio.all_tasks() - before)
        assert set() == asyncio.all_tasks() - before
