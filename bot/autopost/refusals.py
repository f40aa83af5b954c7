"""What a refusal of Discord's means for a plan, entered where its moderators see it."""

import logging
from datetime import datetime

from bot.autopost.outcome import Ended, OurFault, Paused
from bot.autopost.plans import Plan, Plans, Post

Refusal = Ended | Paused | OurFault
"""What Discord answers to a request that does not come to anything."""

log = logging.getLogger(__name__)


async def report(refusal: Refusal, plans: Plans, *, plan: Plan, post: Post, now: datetime) -> None:
    """Enter why a post was refused at `now` (aware UTC)."""
    match refusal:
        case Ended(reason):
            await plans.end(plan.id, sentence=reason.sentence, now=now)
        case Paused(reason):
            await plans.report(plan.id, reason.sentence)
            await plans.settle(plan.id, post.instant, result="not posted", now=now)
        case OurFault(status, code):
            log.error("Discord refused a post as malformed: plan %s, status %s, code %s", plan.id, status, code)
            await plans.settle(plan.id, post.instant, result=refusal.sentence, now=now)
