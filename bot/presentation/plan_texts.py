"""Texts about autoposts: names, schedules, confirmations and the list."""

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import islice

import discord

from bot.autopost.codes import Problem
from bot.autopost.plans import MOST_PLANS, Plan, PlanRequest, UnreadablePlan
from bot.autopost.schedule import Schedule, instants, next_instant
from bot.autopost.transitions import PlanState
from bot.market.boards import Board
from bot.market.editions import Edition
from bot.presentation.code_texts import problem_sentence, result_in_words, unreadable_in_words
from bot.presentation.text import Markup, plural, sanitize, units
from bot.presentation.titles import board_title

NEXT_TIMES = 3
LONGEST_NAME = 40
LONGEST_WHY = 150
LONGEST_DESCRIPTION = 4096
LONGEST_LABEL = 100
ROLE_IS_GONE = "mentions a role that was deleted (remove this autopost and add it again with another role)"
POST_NOW_PREFIX = "autopost:post:"
POST_NOW_ID = rf"{POST_NOW_PREFIX}(?P<plan>\d+)"


def board_name(board: Board, edition: Edition | None, *, markup: Markup = Markup.MARKDOWN) -> str:
    """Name a board by its title and its metric."""
    title = board.name if edition is None else board_title(board, edition)
    return f"{sanitize(title, limit=LONGEST_NAME, markup=markup)}, by {board.metric}"


def schedule_in_words(schedule: Schedule) -> str:
    """Say when a plan posts, in its own time zone."""
    if schedule.time is None:
        return f"{schedule.days.value}, as soon as the day's data is available"
    return f"{schedule.days.value} at {schedule.time:%H:%M} ({schedule.timezone})"


def confirmation(plan: Plan, edition: Edition | None, *, now: datetime) -> str:
    """Confirm a new plan, with its next times in the reader's own time zone."""
    request = plan.request
    coming = islice(instants(request.schedule, after=now), NEXT_TIMES)
    times = "\n".join(f"- {discord.utils.format_dt(instant, 'F')}" for instant in coming)
    late = "" if request.schedule.time else " (the data usually arrives within the hour)"
    return (
        f"<#{request.channel_id}> gets **{board_name(request.board, edition)}**, "
        f"{schedule_in_words(request.schedule)}.\nNext{late}:\n{times}"
    )


def plan_list(
    plans: Sequence[Plan | UnreadablePlan],
    edition: Edition | None,
    *,
    now: datetime,
    stopped_by: Problem | None,
    roles: Collection[int] | None = None,
) -> list[discord.Embed]:
    """List a server's plans on as many pages as needed: channel, board, schedule, next time, last result.

    `roles` are the ids of the server's roles if they are known. A plan that mentions any other role says so.
    """
    lines = [_line(plan, edition, now=now, roles=roles) for plan in plans] or [
        "There are none yet. Use `/autopost add` to add one."
    ]
    if stopped_by:
        lines.insert(0, f"**{problem_sentence(stopped_by)}**")
    pages = [discord.Embed(description=text) for text in _pages(lines)]
    pages[0].title = "Autoposts of this server"
    living = sum(isinstance(plan, UnreadablePlan) or plan.state is not PlanState.ENDED for plan in plans)
    pages[-1].set_footer(text=f"{plural(living, 'autopost')} of {MOST_PLANS}")
    return pages


def plan_label(plan: Plan | UnreadablePlan, edition: Edition | None) -> str:
    """Name a plan in a list of choices, where Discord renders no mentions."""
    if isinstance(plan, UnreadablePlan):
        return sanitize(f"#{plan.id}: {plan.board} (I cannot use it)", limit=LONGEST_LABEL, markup=Markup.PLAIN)
    name = board_name(plan.request.board, edition, markup=Markup.PLAIN)
    label = f"#{plan.id}: {name}, {schedule_in_words(plan.request.schedule)}"
    return sanitize(label, limit=LONGEST_LABEL, markup=Markup.PLAIN)


def _pages(lines: Sequence[str]) -> list[str]:
    """Join lines into texts that fit an embed."""
    pages = [lines[0]]
    for line in lines[1:]:
        longer = f"{pages[-1]}\n{line}"
        if units(longer) <= LONGEST_DESCRIPTION:
            pages[-1] = longer
        else:
            pages.append(line)
    return pages


def _line(plan: Plan | UnreadablePlan, edition: Edition | None, *, now: datetime, roles: Collection[int] | None) -> str:
    if isinstance(plan, UnreadablePlan):
        return _unreadable_line(plan)
    request = plan.request
    head = f"**#{plan.id}** <#{request.channel_id}> {board_name(request.board, edition)}"
    manner = ", ".join([schedule_in_words(request.schedule), *_extras(request, roles)])
    return f"{head}\n{manner}; {_state(plan, now)}{_last(plan, request)}"


def _unreadable_line(plan: UnreadablePlan) -> str:
    board, why = sanitize(plan.board, limit=LONGEST_NAME), sanitize(unreadable_in_words(plan.why), limit=LONGEST_WHY)
    return (
        f"**#{plan.id}** <#{plan.channel_id}> {board}\n"
        f"posts nothing: {why}. Wait until the bot is updated, or remove it."
    )


def _extras(request: PlanRequest, roles: Collection[int] | None) -> list[str]:
    """Say what comes with a post, and whether the role to mention was deleted."""
    role_id, said = request.mention_role_id, []
    if role_id is not None:
        said.append(f"mentions <@&{role_id}>" if roles is None or role_id in roles else ROLE_IS_GONE)
    if request.silent:
        said.append("silently")
    if request.publish:
        said.append("published")
    return said


def _state(plan: Plan, now: datetime) -> str:
    if plan.state is PlanState.ENDED:
        return problem_sentence(plan.problem) if plan.problem else "ended"
    if plan.state is PlanState.PAUSED:
        return "paused"
    upcoming = next_instant(plan.request.schedule, after=now)
    return f"next {discord.utils.format_dt(upcoming, 'R')}"


def _last(plan: Plan, request: PlanRequest) -> str:
    if plan.problem and plan.state is not PlanState.ENDED:
        return f"; {problem_sentence(plan.problem)}"
    if plan.last_result is None:
        return ""
    result = result_in_words(plan.last_result)
    if plan.last_message_id is None:
        return f"; last: {result}"
    return f"; last: {result}, [see it](https://discord.com/channels/{request.guild_id}/{plan.last_channel_id or request.channel_id}/{plan.last_message_id})"
