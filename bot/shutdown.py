"""SIGTERM and SIGINT: what they do at each moment. It imports next to nothing, as it must be there before all else."""

import atexit
import os
import signal
from collections.abc import Callable

SIGNALS = (signal.SIGTERM, signal.SIGINT)

LONGEST_END = 4.0
"""Seconds that the end may take; whoever stops the process waits for 5."""


def exit_at_a_signal() -> None:
    """Exit at once, as a success: for as long as nothing is open there is nothing to tidy up."""
    for number in SIGNALS:
        signal.signal(number, _exit)


def call_at_a_signal(end: Callable[[], object]) -> None:
    """Call `end`, which begins the end; a process that is still there after LONGEST_END exits all the same.

    It may be killed at any moment, so a thread or a connection that hangs need not be waited for.
    """

    def begin(*_: object) -> None:
        signal.signal(signal.SIGALRM, _exit)
        signal.setitimer(signal.ITIMER_REAL, LONGEST_END)
        end()

    for number in SIGNALS:
        signal.signal(number, begin)
    atexit.register(_ignore_signals)  # which is done once all threads have ended


def _ignore_signals() -> None:
    """Let a process that waits for nothing any more end in peace.

    Python takes its handlers away then: a signal, or the alarm, would end it as if it had failed.
    """
    signal.setitimer(signal.ITIMER_REAL, 0)
    for number in (*SIGNALS, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)


def _exit(*_: object) -> None:
    os._exit(0)
