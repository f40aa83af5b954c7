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
    for talkative in ("httpx", "alembic", "matplotlib"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    # discord.py warns of a bot without intents and without voice: this one is meant to be so.
    logging.getLogger("discord.state").setLevel(logging.ERROR)
    VoiceClient.warn_nacl = VoiceClient.warn_dave = False
