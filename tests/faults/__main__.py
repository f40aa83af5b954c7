"""Play many random plays, four at a time: `python -m tests.faults`, with RUNS and SEED in the environment."""

import asyncio
import os
import random
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.faults.plays import play, write_script
from tests.faults.verdict import Verdict

AT_ONCE = 4


def play_one(seed: int) -> Verdict:
    """Play the script of a seed; what does not come to its end is a complaint as well."""
    with tempfile.TemporaryDirectory() as directory:
        try:
            return asyncio.run(play(write_script(seed), Path(directory) / "stage"))
        except (TimeoutError, EOFError) as failed:
            return Verdict(complaints=[f"seed {seed}: {failed}"])


def say(line: str) -> None:
    """Tell whoever waits."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Play, and say what came of it; the exit code tells whether all was well."""
    runs, seed = int(os.environ.get("RUNS") or 300), int(os.environ.get("SEED") or random.randrange(10**6))
    say(f"{runs} runs, SEED={seed}")
    total, began = Verdict(), time.monotonic()
    with ProcessPoolExecutor(AT_ONCE) as players:
        for verdict in players.map(play_one, range(seed * 1000, seed * 1000 + runs)):
            total.add(verdict)
            for complaint in verdict.complaints:
                say(complaint)
    say(f"{runs} runs, {total}, in {time.monotonic() - began:.0f} s")
    sys.exit(1 if total.complaints else 0)


if __name__ == "__main__":
    main()
