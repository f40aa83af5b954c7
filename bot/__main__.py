"""The command line: `python -m bot` runs the bot; `show`, `check`, `invite` and `demo` help its operator."""

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.errors import RankingsBotError, SettingsError, UserError
from bot.presentation.error_texts import error_sentence
from bot.shutdown import exit_at_a_signal

if TYPE_CHECKING:
    from bot.settings import Settings

FAILED = 1
WRONG_SETTINGS = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line says and leave with its exit code: 0, 1 for a failure, 2 for a wrong setting."""
    asked = _parser().parse_args(arguments)
    if asked.verb is None:
        # Before all that takes long to import: as the first process of a container, it would be deaf until then.
        exit_at_a_signal()
    sys.exit(_exit_code(asked))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rankings-bot", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", title="verbs (none runs the bot)")
    show = verbs.add_parser("show", help="print a card as a table")
    show.add_argument(
        "board", metavar="BOARD", help="such as overview, code/tokens, task:math, model:openai/gpt-4o-mini"
    )
    form = show.add_mutually_exclusive_group()
    form.add_argument("--json", dest="form", action="store_const", const="json", help="print all its rows as JSON")
    form.add_argument("--csv", dest="form", action="store_const", const="csv", help="print all its rows as CSV")
    verbs.add_parser("check", help="test the settings, the database, OpenRouter and Discord")
    verbs.add_parser("invite", help="print the link that adds the bot to a server")
    demo = verbs.add_parser("demo", help="the real bot in a simulated Discord, in your browser")
    demo.add_argument("--port", type=int, help="the port on 127.0.0.1; left out, a free one")
    return parser


def _exit_code(asked: argparse.Namespace) -> int:
    import asyncio  # noqa: PLC0415 - after the first signal handler

    from bot.settings import Settings  # noqa: PLC0415 - after the first signal handler

    try:
        settings = Settings.load()
        asyncio.run(_do(asked, settings))
    except RankingsBotError as error:
        # Where the operator is the user, as with a BOARD that does not exist, they read what a user reads.
        print(error_sentence(error) if isinstance(error, UserError) else error.operator_sentence, file=sys.stderr)
        return WRONG_SETTINGS if isinstance(error, SettingsError) else FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


async def _do(asked: argparse.Namespace, settings: "Settings") -> None:
    """Import what the verb needs, and do it."""
    # Each verb is imported when it is asked for: the demo's simulator is not there in production.
    if asked.verb is None:
        from bot.logs import start_logging  # noqa: PLC0415 - see above
        from bot.operations.health import serving_health  # noqa: PLC0415 - see above
        from bot.running import run  # noqa: PLC0415 - see above

        start_logging(level=settings.log_level, form=settings.log_format)
        await run(settings, serving_health=serving_health)
    elif asked.verb == "demo":
        from bot.operations.demo import run_demo  # noqa: PLC0415 - see above

        await run_demo(settings, port=asked.port)
    elif asked.verb == "show":
        from bot.operations.show import Form, show  # noqa: PLC0415 - see above

        await show(settings, asked.board, Form(asked.form or "table"))
    else:
        from bot.operations import terminal  # noqa: PLC0415 - see above

        verbs = {"check": terminal.check, "invite": terminal.invite}
        await verbs[asked.verb](settings)


if __name__ == "__main__":
    main()
