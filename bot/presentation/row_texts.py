"""Parts of sentences about the rows of a sheet, for embeds, alt texts and push lines."""

from collections.abc import Sequence
from itertools import groupby

from bot.market.boards import BoardKind, Metric
from bot.presentation.figures import FIGURES, FigureKind
from bot.presentation.sheets import Leader, Row, Sheet, Subject

MOST_REQUESTS = "The models with the most requests. Others may have more tokens."
OTHERS_MAY_HAVE_MORE = "Models that are not listed may have more tokens."


def leader_in_words(leader: Leader, name: str, *, metric: Metric, earlier: str = "") -> str:
    """Name the model with the most requests in a task, and its share. By tokens, the data does not say who leads.

    `earlier` is the name of the model that led before, where a card names it.
    """
    if earlier:
        return f"now {name}, before {earlier}"
    if metric is not Metric.REQUESTS:
        return f"{name}{' (new)' if leader.is_new else ''} has {leader.figure.text}"
    return f"{name} {'now leads' if leader.is_new else 'leads'} with {leader.figure.text}"


def change_in_words(row: Row) -> str:
    """The change of a row's share behind a comma: “, up 0.8 points” or “, new”; empty if nothing can be compared."""
    said = row.mark.value if row.mark else row.change.spoken if row.change else ""
    return f", {said}" if said else ""


def figures_in_words(row: Row, *, has_details: bool) -> str:
    """The figures of a row, and whether it is new or now leads: “4.8 %, up 0.8 points”, “4.0 % to 4.8 %, up 0.8 points”."""
    shown = [figure for figure in row.figures if has_details or not FIGURES[figure.kind].is_detail]
    earlier = row.find(FigureKind.EARLIER)
    if earlier is not None and len(shown) > 1:
        said = [figure.spoken for figure in shown if figure is not earlier]
        said[0] = f"{earlier.text} to {said[0]}"
    else:
        said = [figure.spoken for figure in shown]
    if row.mark:
        said.insert(1, row.mark.value)
    return ", ".join([*said, *(["now leads"] if row.is_new_leader else []), *([row.remark] if row.remark else [])])


def caveat(sheet: Sheet) -> str:
    """What the picture has to say as well, because people repost it without the text; empty if there is nothing."""
    if sheet.board.metric is not Metric.TOKENS or not sheet.rows:
        return ""
    if sheet.compared:
        return OTHERS_MAY_HAVE_MORE
    is_of_models = sheet.board.kind is BoardKind.TASK
    return MOST_REQUESTS if is_of_models else ""


def changes_in_words(sheet: Sheet) -> str:
    """Say since when changes are measured, or from when on they will be shown; empty if neither is known."""
    if sheet.compared_with:
        return f"Changes in points since {sheet.compared_with} are computed."
    return f"Changes will show from {sheet.changes_from} on." if sheet.changes_from else ""


def compared_in_words(row: Row, names: Sequence[str], *, subject: Subject, bold: str = "") -> str:
    """What is compared in a row, the largest share first, each with its name: “Luna ahead with 5.0 %, Flash 2.1 %”.

    `subject` is what the rows are; `bold` is put around figures that are ahead.
    """
    cells = sorted(
        zip(row.compared, names, strict=True),
        key=lambda pair: -1.0 if pair[0].share is None else pair[0].share,
        reverse=True,
    )
    is_tie = sum(cell.is_ahead for cell in row.compared) > 1
    said = []
    for (absence, text, is_ahead), group in groupby(
        cells, key=lambda pair: (pair[0].absence, pair[0].text, pair[0].is_ahead)
    ):
        named = (" or " if absence else " and ").join(name for _, name in group)
        figure = f"{bold}{text}{bold}" if is_ahead else text
        if subject is Subject.MODEL:
            said.append(f"{figure} of {named}")
        else:
            said.append(f"{named} {'equal' if is_tie else 'ahead'} with {figure}" if is_ahead else f"{named} {figure}")
    return ", ".join(said)
