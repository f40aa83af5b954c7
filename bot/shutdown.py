"""Handlers for SIGTERM and SIGINT. This module imports almost nothing, because it must be ready first."""

import atexit
import os
import signal
from collections.abc import Callable

SIGNALS = (signal.SIGTERM, signal.SIGINT)

SHUTDOWN_TIMEOUT = 4.0
"""Seconds that a shutdown may take; the process must have ended after 5."""


def exit_on_signal() -> None:
    """Make both signals exit at once with code 0; for the time when nothing is open that needs closing."""
    for number in SIGNALS:
        signal.signal(number, _exit)


def call_on_signal(end: Callable[[], object]) -> None:
    """Make both signals call `end`, which starts the shutdown; SHUTDOWN_TIMEOUT later the process exits with code 0.

    The process may be killed at any moment anyway, so it need not wait for a thread or a connection that hangs.
    """

    def begin(*_: object) -> None:
        signal.signal(signal.SIGALRM, _exit)
        signal.setitimer(signal.ITIMER_REAL, SHUTDOWN_TIMEOUT)
        end()

    for number in SIGNALS:
        signal.signal(number, begin)
    atexit.register(_ignore_signals)  # runs after all threads have ended


def _ignore_signals() -> None:
    """Ignore signals and the alarm while the interpreter exits.

    Python removes its handlers then, so a signal would end the process with an error code.
    """
    signal.setitimer(signal.ITIMER_REAL, 0)
    for number in (*SIGNALS, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)


def _exit(*_: object) -> None:
    os._exit(0)
