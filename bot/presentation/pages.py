"""A page: the parts of a sheet that depend on the kind of board."""

from dataclasses import dataclass

from bot.presentation.sheets import Row, Section, Subject


@dataclass(frozen=True)
class Ranking:
    """All rows of a section, and how many of them a card has room for."""

    heading: str
    rows: tuple[Row, ...]
    most: int
    subject: Subject = Subject.TASK
    is_inline: bool = False

    def section(self, *, is_whole: bool) -> Section:
        """The section of a sheet: all rows, or those that a card has room for."""
        shown = self.rows if is_whole else self.rows[: self.most]
        return Section(self.heading, shown, len(self.rows) - len(shown), self.subject, self.is_inline)


@dataclass(frozen=True)
class Page:
    """What the sheet of a board says in its own way.

    `scale` says what the bars of a picture measure. If the lead has no dates, the window is added to it. `news` is what
    a push notification says, as plain text; without it, that is the first row.
    """

    lead: str
    scale: str
    rankings: tuple[Ranking, ...] = ()
    notes: tuple[str, ...] = ()
    macro_category: str | None = None
    id: str | None = None
    has_dates: bool = False
    news: str | None = None
