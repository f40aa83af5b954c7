"""Discord's rules for components beyond its description."""

from collections.abc import Iterator

from tests.discord_description import limits
from tests.discord_description.fields import Field, Problem, Span, distinct, size_problems

ACTION_ROW, BUTTON, STRING_SELECT = 1, 2, 3
SELECTS = {STRING_SELECT, 5, 6, 7, 8}
LINK_STYLE, PREMIUM_STYLE = 5, 6
COMPONENTS_V2 = 1 << 15


def inside(component: Field) -> Iterator[Field]:
    """A component and all components in it."""
    yield component
    for child in component["components"]:
        yield from inside(child)
    if component["accessory"].value is not None:
        yield from inside(component["accessory"])


def component_problems(message: Field) -> Iterator[Problem]:
    """The problems of a message's components, action rows and custom ids first."""
    flags = message["flags"].value
    parts = [part for top in message["components"] for part in inside(top)]
    if isinstance(flags, int) and flags & COMPONENTS_V2:
        yield from v2_problems(message, parts)
    else:
        yield from size_problems(message["components"], limits.ACTION_ROWS)
        for top in message["components"]:
            if top["type"].value != ACTION_ROW:
                yield top["type"].problem("only action rows stand here without the flag of components V2")
    yield from distinct([part["custom_id"] for part in parts])
    for part in parts:
        yield from size_problems(part["custom_id"], limits.CUSTOM_ID)
        yield from part_problems(part)


def v2_problems(message: Field, parts: list[Field]) -> Iterator[Problem]:
    """Check the rules for components V2."""
    for name in ("content", "embeds"):
        if message[name].value:
            yield message[name].problem("not allowed beside components V2")
    if len(parts) > limits.V2_COMPONENTS:
        yield message["components"].problem(f"{len(parts)} in all, {limits.V2_COMPONENTS} are allowed")


def part_problems(part: Field) -> Iterator[Problem]:
    """Check one component by the rules of its type."""
    kind = part["type"].value
    if kind == ACTION_ROW:
        yield from row_problems(part)
    elif kind == BUTTON:
        yield from button_problems(part)
    elif kind in SELECTS:
        yield from size_problems(part["placeholder"], limits.PLACEHOLDER)
        if kind == STRING_SELECT:
            yield from select_problems(part)


def row_problems(row: Field) -> Iterator[Problem]:
    """Check that a row has up to five buttons, or a single select."""
    yield from size_problems(row["components"], limits.ROW_BUTTONS)
    kinds = [part["type"].value for part in row["components"]]
    if SELECTS.intersection(kinds) and len(kinds) > 1:
        yield row["components"].problem("a select fills its row alone")


def button_problems(button: Field) -> Iterator[Problem]:
    """Check that a button has a label or an emoji, and either a custom id or a URL."""
    yield from size_problems(button["label"], limits.BUTTON_LABEL)
    style = button["style"].value
    if style == PREMIUM_STYLE:
        return
    if not button["label"].text.strip() and button["emoji"].value is None:
        yield button["label"].problem("neither a label nor an emoji")
    wanted, unwanted = ("url", "custom_id") if style == LINK_STYLE else ("custom_id", "url")
    if button[wanted].value is None:
        yield button[wanted].problem(f"missing in a button of style {style}")
    if button[unwanted].value is not None:
        yield button[unwanted].problem(f"not allowed in a button of style {style}")
    if button["url"].text and not button["url"].text.startswith(("http://", "https://", "discord://")):
        yield button["url"].problem("neither an http nor an https nor a discord address")


def select_problems(select: Field) -> Iterator[Problem]:
    """Check the options of a select: their texts, distinct values, and the number of chosen ones."""
    options = list(select["options"])
    yield from size_problems(select["options"], limits.SELECT_OPTIONS)
    yield from distinct([option["value"] for option in options])
    for option in options:
        for name, span in limits.OPTION_TEXTS.items():
            yield from size_problems(option[name], span)
    low, high = (1 if select[name].value is None else select[name].value for name in ("min_values", "max_values"))
    if not (isinstance(low, int) and isinstance(high, int)):
        return
    yield from chosen_problems(select, Span(low, high))


def chosen_problems(select: Field, span: Span) -> Iterator[Problem]:
    """Check how many options may be chosen, and how many are."""
    options = list(select["options"])
    chosen = sum(option["default"].value is True for option in options)
    if span.high > len(options):
        yield select["max_values"].problem(f"{span.high}, but there are {len(options)} options")
    if span.low > span.high:
        yield select["min_values"].problem(f"{span.low}, but at most {span.high} may be chosen")
    if chosen > span.high:
        yield select["options"].problem(f"{chosen} are default, at most {span.high} may be chosen")
