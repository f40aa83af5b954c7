"""A page: the parts of a sheet that depend on the kind of board."""

from dataclasses import dataclass

from bot.presentation.compared import Compared
from bot.presentation.sheets import Chart, Row, Section, Subject

IMPORT = "Whoever runs this bot can import older days."
"""What helps if the archive does not reach back far enough."""


@dataclass(frozen=True)
class Ranking:
    """All rows of a section, and how many of them a card has room for."""

    heading: str
    rows: tuple[Row, ...]
    most: int
    subject: Subject = Subject.TASK
    compared: tuple[Compared, ...] = ()
    is_inline: bool = False

    def section(self, *, is_whole: bool) -> Section:
        """The section of a sheet: all rows, or those that a card has room for."""
        shown = self.rows if is_whole else self.rows[: self.most]
        left_out = len(self.rows) - len(shown)
        return Section(self.heading, shown, left_out, self.subject, is_inline=self.is_inline, compared=self.compared)


@dataclass(frozen=True)
class Page:
    """What the sheet of a board says in its own way.

    `scale` says what the bars of a picture measure. If the lead has no dates, the window is added to it. `news` is what
    a push notification says, as plain text; without it, that is the first row. `has_changes` is false for a page that
    shows no changes. Those of a chart are since its first day, others since the edition's earlier snapshot.
    """

    lead: str
    scale: str
    rankings: tuple[Ranking, ...] = ()
    notes: tuple[str, ...] = ()
    macro_category: str | None = None
    id: str | None = None
    has_dates: bool = False
    has_changes: bool = True
    news: str | None = None
    chart: Chart | None = None
    is_synthetic: bool = False
