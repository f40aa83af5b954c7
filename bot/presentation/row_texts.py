"""Parts of sentences about the rows of a sheet, for embeds, alt texts and push lines."""

from bot.market.boards import BoardKind, Metric
from bot.presentation.sheets import FIGURES, Leader, Row, Sheet


def leader_in_words(leader: Leader, name: str, *, metric: Metric) -> str:
    """Name the model with the most requests in a task, and its share. By tokens, the data does not say who leads."""
    if metric is not Metric.REQUESTS:
        return f"{name}{' (new)' if leader.is_new else ''} has {leader.figure.text}"
    return f"{name} {'now leads' if leader.is_new else 'leads'} with {leader.figure.text}"


def change_in_words(row: Row) -> str:
    """The change of a row's share behind a comma: “, up 0.8 points” or “, new”; empty if nothing can be compared."""
    said = row.mark.value if row.mark else row.change.spoken if row.change else ""
    return f", {said}" if said else ""


def figures_in_words(row: Row, *, has_details: bool) -> str:
    """The figures of a row, and whether it is new or now leads: “4.8 %, up 0.8 points”."""
    said = [figure.spoken for figure in row.figures if has_details or not FIGURES[figure.kind].is_detail]
    if row.mark:
        said.insert(1, row.mark.value)
    return ", ".join([*said, *(["now leads"] if row.is_new_leader else [])])


def caveat(sheet: Sheet) -> str:
    """What the picture has to say as well, because people repost it without the text; empty if there is nothing."""
    by_tokens = sheet.board.kind is BoardKind.TASK and sheet.board.metric is Metric.TOKENS
    return "The models with the most requests. Others may have more tokens." if by_tokens and sheet.rows else ""


def changes_in_words(sheet: Sheet) -> str:
    """Say since when changes are measured, or from when on they will be shown; empty if neither is known."""
    if sheet.compared_with:
        return f"Changes in points since {sheet.compared_with} are computed."
    return f"Changes will show from {sheet.changes_from} on." if sheet.changes_from else ""
