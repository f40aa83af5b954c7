"""Everything that `/autopost` needs."""

from dataclasses import dataclass

from bot.autopost.plans import Plans
from bot.autopost.poster import Poster


@dataclass(frozen=True)
class Autoposts:
    """The plans, and the poster that posts them."""

    plans: Plans
    poster: Poster
