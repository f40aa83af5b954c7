"""The drawing process: SVG in, PNG out, until its input ends. It imports only what drawing needs.

It is a process of its own because resvg holds the interpreter's lock while it draws, and because it may hang or crash
without harm to the bot. `bot/app/drawing.py` starts it and talks to it.
"""

import json
import os
import re
import signal
import sys
from typing import BinaryIO

from bot.app.drawing_messages import LENGTH, Outcome, Request, message
from bot.app.host_fonts import HostFonts
from bot.presentation.pictures.png import render

LONGEST_DRAWING = 10
"""Seconds after which the process ends itself, in case the bot is gone."""

NICENESS = 5
"""On a busy machine the bot comes first: it has to acknowledge commands within three seconds."""

FAMILY = re.compile(r'<text [^>]*font-family="([^"]+)"')


def main() -> None:
    """Answer requests until the bot closes the pipe, or ends."""
    # Ctrl-C reaches this process too, but it must live as long as the bot.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    requests, answers, fonts = sys.stdin.buffer, sys.stdout.buffer, HostFonts()
    answer = message(Outcome.DONE)
    while True:
        answers.write(answer)
        answers.flush()
        request = _read(requests)
        if request is None:
            return
        _limit(LONGEST_DRAWING)
        answer = _answer(Request(request[:1]), request[1:].decode(), fonts)
        _limit(0)


def _answer(request: Request, text: str, fonts: HostFonts) -> bytes:
    try:
        if request is Request.DRAW:
            done = render(text, fonts.find_files(set(FAMILY.findall(text))))
        else:
            done = json.dumps(fonts.find_glyphs(text)).encode()
    except (ValueError, OSError, MemoryError) as error:
        return message(Outcome.FAILED, str(error).encode())
    return message(Outcome.DONE, done)


def _limit(seconds: int) -> None:
    """Have the system end the process after some seconds, whatever it does; 0 means never."""
    if hasattr(signal, "alarm"):
        signal.alarm(seconds)


def _read(requests: BinaryIO) -> bytes | None:
    head = requests.read(LENGTH.size)
    return requests.read(LENGTH.unpack(head)[0]) if len(head) == LENGTH.size else None


if __name__ == "__main__":
    main()
