"""A board as CSV, for a spreadsheet or a program: every row, shares as fractions, each with its date and its source."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from operator import itemgetter

from bot.market.boards import BoardKind, Metric
from bot.presentation.compared import Cell, Compared
from bot.presentation.figures import FIGURES, Figure, FigureKind
from bot.presentation.sheets import Chart, Leader, Mark, Row, Section, Sheet, Subject
from bot.presentation.text import Markup, sanitize

MEASURES: Mapping[Metric, str] = {Metric.REQUESTS: "usage", Metric.TOKENS: "token"}
"""OpenRouter's words for the metrics in the names of its fields."""

IDS: Mapping[BoardKind, str] = {BoardKind.TASK: "tag", BoardKind.MODEL: "id"}
"""OpenRouter's name for the id of a board's subject."""

FORMULA_MARKS = ("=", "+", "-", "@")
LONGEST_CELL = 1000

Record = dict[str, object]

_OTHER = {Subject.TASK: Subject.MODEL, Subject.MODEL: Subject.TASK}
"""What is compared in rows of a subject."""


def board_csv(sheet: Sheet) -> str:
    """Write the rows of a sheet as CSV. The columns have the names of the fields in OpenRouter's answer.

    `subject` says what a row is about: an overview has categories and tasks. Columns that the bot computes begin with
    `computed_`, and those about a task's leading model with `leader_`. No foreign text becomes a formula.
    A chart is a long table: a record for each day and line.
    """
    records = list(_days(sheet.chart, sheet)) if sheet.chart else list(_rows(sheet))
    columns = list(dict.fromkeys(name for record in records for name in record))
    last = {} if sheet.chart else _citation(sheet)
    written = StringIO()
    writer = csv.DictWriter(written, [*columns, *last], restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(record | last for record in records)
    return written.getvalue()


def _rows(sheet: Sheet) -> Iterator[Record]:
    for section in sheet.sections:
        for row in section.rows:
            yield from _records(row, section, sheet)


def _records(row: Row, section: Section, sheet: Sheet) -> Iterator[Record]:
    if not row.compared:
        yield _record(row, section, sheet)
    for compared, cell in zip(section.compared, row.compared, strict=True):
        yield _pair(row, compared, cell, section=section, sheet=sheet)


def _pair(row: Row, compared: Compared, cell: Cell, *, section: Section, sheet: Sheet) -> Record:
    """A model in a task; its share is empty if the task does not list it."""
    by_subject = {section.subject: (row.key, row.label), _OTHER[section.subject]: (compared.key, compared.name)}
    record: Record = {"subject": section.subject.name.lower()}
    record |= {
        name: _cell(text)
        for subject in (Subject.TASK, Subject.MODEL)
        for name, text in zip(subject.value, by_subject[subject], strict=True)
    }
    record["macro_category"] = _cell(row.macro_category or compared.macro_category)
    share = FIGURES[FigureKind.TASK].column.format(measure=MEASURES[sheet.board.metric])
    return record | {share: cell.share, "computed_is_ahead": _truth(is_true=cell.is_ahead)}


def _days(chart: Chart, sheet: Sheet) -> Iterator[Record]:
    """All points of all lines, oldest first. Each has its own day, and its source as of that day."""
    (about,), (section, *_) = sheet.board.subjects, sheet.sections
    key, label = section.subject.value
    subject = {IDS[about.kind]: _cell(sheet.id)} if sheet.id and key != IDS[about.kind] else {}
    share = FIGURES[section.rows[0].figures[0].kind].column.format(measure=MEASURES[sheet.board.metric])
    names = {line.key: subject | {key: _cell(line.key), label: _cell(line.label)} for line in chart.lines}
    points = [(day, line.key, value) for line in chart.lines for day, value in line.points]
    for day, name, value in sorted(points, key=itemgetter(0)):
        as_of = day.isoformat()
        source = sheet.citation.replace(sheet.as_of, as_of)
        yield {"as_of": as_of, **names[name], share: value, "window_days": sheet.window_days, "source": source}


def _record(row: Row, section: Section, sheet: Sheet) -> Record:
    key, label = section.subject.value
    boards = (sheet.board, *sheet.board.subjects)
    about = {IDS[board.kind]: _cell(sheet.id) for board in boards if sheet.id and board.kind in IDS}
    record: Record = {
        "subject": section.subject.name.lower(),
        "computed_rank": row.rank,
        **about,
        key: _cell(row.key),
        label: _cell(row.label),
    }
    if section.subject is Subject.TASK:
        record["macro_category"] = _cell(row.macro_category)
    if row.place:
        listed_in = zip(Subject.TASK.value, (row.place.tag, row.place.label), strict=True)
        record |= {name: _cell(text) for name, text in listed_in}
    record |= _figures(row.figures, sheet.board.metric)
    if sheet.compared_with:
        record["computed_is_new"] = _truth(is_true=row.mark is Mark.NEW)
    if row.mark is Mark.GONE:
        record["computed_is_gone"] = _truth(is_true=True)
    return record | (_leader(row.leader, sheet) if row.leader else {})


def _leader(leader: Leader, sheet: Sheet) -> Record:
    found = {"id": _cell(leader.id), "name": _cell(leader.name), **_figures([leader.figure], sheet.board.metric)}
    record: Record = {f"leader_{name}": value for name, value in found.items()}
    if sheet.compared_with:
        record["computed_leader_is_new"] = _truth(is_true=leader.is_new)
    if leader.earlier is not None:
        record |= {"earlier_leader_id": _cell(leader.earlier_id or ""), "earlier_leader_name": _cell(leader.earlier)}
    return record


def _truth(*, is_true: bool) -> str:
    return "true" if is_true else "false"


def _figures(figures: Sequence[Figure], metric: Metric) -> Record:
    return {FIGURES[one.kind].column.format(measure=MEASURES[metric]): one.value for one in figures}


def _citation(sheet: Sheet) -> Record:
    """The window, the date and the source. They are in every row, because people sort and copy rows."""
    compared = {"computed_change_since": sheet.compared_with} if sheet.compared_with else {}
    return compared | {"window_days": sheet.window_days, "as_of": sheet.as_of, "source": sheet.citation}


def _cell(text: str) -> str:
    """Put foreign text on one line, and mark what a spreadsheet would take for a formula."""
    line = sanitize(text, limit=LONGEST_CELL, markup=Markup.PLAIN)
    return f"'{line}" if line.startswith(FORMULA_MARKS) else line
