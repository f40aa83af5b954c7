"""The command line: `python -m bot` runs the bot; the verbs are for its operator."""

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import RankingsBotError, SettingsError, UserError
from bot.garbage import collect_seldom, give_memory_back
from bot.presentation.error_texts import error_sentence
from bot.shutdown import exit_on_signal

if TYPE_CHECKING:
    from bot.settings import Settings

FAILED = 1
WRONG_SETTINGS = 2
INTERRUPTED = 130
"""Exit codes."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 for success, 1 for a failure, 2 for a wrong setting or usage, 130 for Ctrl-C."""
    parsed = _parser().parse_args(arguments)
    if parsed.verb is None:
        # Before the slow imports: the first process of a container ignores signals that it has no handler for.
        exit_on_signal()
        # Also before them, because they make 100,000 objects, nearly all of which stay.
        collect_seldom()
        give_memory_back()
    sys.exit(_exit_code(parsed))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rankings-bot", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", title="verbs (none runs the bot)")
    show = verbs.add_parser("show", help="print a card as a table")
    show.add_argument(
        "board", metavar="BOARD", help="for example overview, code/tokens, task:math, model:openai/gpt-4o-mini"
    )
    form = show.add_mutually_exclusive_group()
    form.add_argument("--json", dest="form", action="store_const", const="json", help="print all rows as JSON")
    form.add_argument("--csv", dest="form", action="store_const", const="csv", help="print all rows as CSV")
    verbs.add_parser("check", help="test the settings, the database, OpenRouter and Discord")
    verbs.add_parser("invite", help="print the link that adds the bot to a server")
    taking = verbs.add_parser("import", help="take days from files into the archive")
    taking.add_argument("paths", metavar="PATH", nargs="+", type=Path, help="a file, or a folder with files")
    giving = verbs.add_parser("export", help="write the days of the archive to a file")
    giving.add_argument("--format", required=True, choices=("jsonl", "csv"), help="jsonl for import; csv for analysis")
    for name, meaning in (("since", "first"), ("until", "last")):
        giving.add_argument(f"--{name}", metavar="DATE", type=_day, help=f"the {meaning} day, such as 2026-08-31")
    giving.add_argument("--output", required=True, metavar="PATH", help="the file to write; - for the output")
    giving.add_argument("--force", action="store_true", help="replace the file if it exists")
    demo = verbs.add_parser("demo", help="run the real bot in a simulated Discord, in your browser")
    demo.add_argument("--port", type=int, help="the port on 127.0.0.1 (default: a free one)")
    return parser


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2026-08-31") from None


def _exit_code(parsed: argparse.Namespace) -> int:
    import asyncio  # noqa: PLC0415 - slow, so only after the signal handler is set

    from bot.settings import Settings  # noqa: PLC0415 - slow, so only after the signal handler is set

    try:
        settings = Settings.load()
        asyncio.run(_run_verb(parsed, settings))
    except RankingsBotError as error:
        # Here the operator is the user, for example of a BOARD that does not exist: they get the user's sentence.
        print(error_sentence(error) if isinstance(error, UserError) else error.operator_sentence, file=sys.stderr)
        return WRONG_SETTINGS if isinstance(error, SettingsError) else FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


async def _run_verb(parsed: argparse.Namespace, settings: "Settings") -> None:
    """Import what the verb needs, and run it."""
    # Each verb is imported on demand: production does not install the demo's simulator.
    if parsed.verb is None:
        from bot.logs import start_logging  # noqa: PLC0415 - see above
        from bot.operations.health import serving_health  # noqa: PLC0415 - see above
        from bot.running import run  # noqa: PLC0415 - see above

        start_logging(level=settings.log_level, form=settings.log_format)
        await run(settings, serving_health=serving_health)
    elif parsed.verb == "demo":
        from bot.operations.demo import run_demo  # noqa: PLC0415 - see above

        await run_demo(settings, port=parsed.port)
    elif parsed.verb == "show":
        from bot.operations.show import Form, show  # noqa: PLC0415 - see above

        await show(settings, parsed.board, Form(parsed.form or "table"))
    elif parsed.verb == "import":
        from bot.operations.importing import import_files  # noqa: PLC0415 - see above

        await import_files(settings, parsed.paths)
    elif parsed.verb == "export":
        from bot.operations.exporting import Form as ExportForm  # noqa: PLC0415 - see above
        from bot.operations.exporting import export  # noqa: PLC0415 - see above

        span = (parsed.since or date.min, parsed.until or date.max)
        await export(settings, ExportForm(parsed.format), span, output=parsed.output, force=parsed.force)
    else:
        from bot.operations import terminal  # noqa: PLC0415 - see above

        verbs = {"check": terminal.check, "invite": terminal.invite}
        await verbs[parsed.verb](settings)


if __name__ == "__main__":
    main()
