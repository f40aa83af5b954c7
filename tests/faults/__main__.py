"""Run many random scenarios, four at a time: `python -m tests.faults`, with RUNS and SEED in the environment."""

import asyncio
import os
import random
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.faults.results import Results
from tests.faults.scenarios import draw_scenario, run_scenario

WORKERS = 4


def run_seed(seed: int) -> Results:
    """Run the scenario of a seed; one that does not finish counts as a complaint."""
    with tempfile.TemporaryDirectory() as directory:
        try:
            return asyncio.run(run_scenario(draw_scenario(seed), Path(directory) / "sandbox"))
        except (TimeoutError, EOFError) as failed:
            return Results(complaints=[f"seed {seed}: {failed}"])


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Run the scenarios and print the results; the exit code is 1 if there is any complaint."""
    runs, seed = int(os.environ.get("RUNS") or 300), int(os.environ.get("SEED") or random.randrange(10**6))
    say(f"{runs} runs, SEED={seed}")
    total, began = Results(), time.monotonic()
    with ProcessPoolExecutor(WORKERS) as workers:
        for results in workers.map(run_seed, range(seed * 1000, seed * 1000 + runs)):
            total.add(results)
            for complaint in results.complaints:
                say(complaint)
    say(f"{runs} runs, {total}, in {time.monotonic() - began:.0f} s")
    sys.exit(1 if total.complaints else 0)


if __name__ == "__main__":
    main()
