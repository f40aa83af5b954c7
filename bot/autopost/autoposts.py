"""The autoposts: what `/autopost` works with."""

from dataclasses import dataclass

from bot.autopost.plans import Plans
from bot.autopost.poster import Poster


@dataclass(frozen=True)
class Autoposts:
    """The plans, and the poster that carries them out."""

    plans: Plans
    poster: Poster
