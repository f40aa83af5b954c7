"""How the program logs: for people on a console, or one JSON object a line."""

import logging

from discord import VoiceClient
from discord.utils import setup_logging
from pythonjsonlogger.json import JsonFormatter


def start_logging(*, level: str, form: str) -> None:
    """Log from `level` on, in the form `console` or `json`."""
    severity = logging.getLevelNamesMapping()[level]
    if form == "json":
        formatter = JsonFormatter("%(asctime)s %(levelname)s %(name)s %(message)s")
        setup_logging(handler=logging.StreamHandler(), formatter=formatter, level=severity)
    else:
        setup_logging(level=severity)
    # These tell of every request and of every step; what matters of them the bot's own lines say.
    for talkative in ("httpx", "alembic"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    # discord.py warns of a bot without intents and without voice: this one is meant to be so.
    logging.getLogger("discord.state").setLevel(logging.ERROR)
    # A connection that is lost comes back by itself: where in discord.py it was lost is of no use.
    for reconnecting in ("discord.shard", "discord.gateway"):
        logging.getLogger(reconnecting).addFilter(shorten)
    VoiceClient.warn_nacl = VoiceClient.warn_dave = False


def shorten(record: logging.LogRecord) -> bool:
    """Name an error in place of its traceback, and take it for a warning."""
    if record.exc_info and record.exc_info[1] is not None:
        error = record.exc_info[1]
        record.msg, record.args = f"{record.getMessage()} ({type(error).__name__})", ()
        record.exc_info, record.exc_text = None, None
        record.levelno, record.levelname = logging.WARNING, "WARNING"
    return True
