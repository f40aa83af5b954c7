"""Logging: readable lines on a console, or one JSON object per line."""

import logging

from discord import VoiceClient
from discord.utils import setup_logging
from pythonjsonlogger.json import JsonFormatter


def start_logging(*, level: str, form: str) -> None:
    """Log messages of at least `level`; `form` is `console` or `json`."""
    severity = logging.getLevelNamesMapping()[level]
    if form == "json":
        formatter = JsonFormatter("%(asctime)s %(levelname)s %(name)s %(message)s")
        setup_logging(handler=logging.StreamHandler(), formatter=formatter, level=severity)
    else:
        setup_logging(level=severity)
    # These log every request and every step; the bot's own lines say what matters.
    for noisy in ("httpx", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # discord.py warns about bots without intents or voice; this bot needs neither.
    logging.getLogger("discord.state").setLevel(logging.ERROR)
    # A lost connection is reopened automatically, so its traceback in discord.py helps nobody.
    for reconnecting in ("discord.shard", "discord.gateway"):
        logging.getLogger(reconnecting).addFilter(shorten_traceback)
    VoiceClient.warn_nacl = VoiceClient.warn_dave = False


def shorten_traceback(record: logging.LogRecord) -> bool:
    """Replace a traceback by the name of the error, and lower the record to a warning; a logging filter."""
    if record.exc_info and record.exc_info[1] is not None:
        error = record.exc_info[1]
        record.msg, record.args = f"{record.getMessage()} ({type(error).__name__})", ()
        record.exc_info, record.exc_text = None, None
        record.levelno, record.levelname = logging.WARNING, "WARNING"
    return True
