"""Discord's channels, over REST alone: sending a post, finding it again, and publishing it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TypeVar

import aiohttp
import discord

from bot.app.bot import RankingsBot
from bot.app.http_trace import watching
from bot.app.messages import custom_ids_of, post_of, send_card
from bot.app.permissions import Access, fetch_access
from bot.autopost.messenger import CannotTell, NotThere, SearchResult
from bot.autopost.outcome import NO_ANSWER, Answer, Place
from bot.autopost.pace import Pace
from bot.autopost.plans import Post, PostContent
from bot.clock import utc_now
from bot.errors import NoSuchDayError
from bot.presentation.controls import category_menu_id, post_button_id
from bot.presentation.headline import headline
from bot.retry_after import parse_retry_after

PATIENCE = timedelta(seconds=20)
LONGEST_RETRY_AFTER = timedelta(hours=6)
"""What asks for more must not cost the day's post."""

MOST_READ = 3000
"""Messages of a channel that are read to find a post again."""

OLD_POSTS_RECOGNISED_FOR = timedelta(days=30)
"""How long after an upgrade from 0.1.0 a post may be one that it sent."""

ALREADY_PUBLISHED = 40033
A_PAGE = 100
"""Messages that come with one request."""

T = TypeVar("T")

log = logging.getLogger(__name__)


class DiscordMessenger:
    """Sends posts, and finds them again."""

    def __init__(self, bot: RankingsBot, *, pace: Pace, upgraded_at: datetime | None = None) -> None:
        """Speak as `bot`; what takes several requests takes a turn for each further one.

        `upgraded_at` (aware UTC) is when the database was taken over from 0.1.0, if it was.
        """
        self._bot = bot
        self._pace = pace
        self._upgraded_at = upgraded_at

    async def send(self, post: Post) -> Answer | None:
        """Send a post with its nonce; None, with nothing sent, if its data is not at hand any more."""
        content = post.content
        try:
            prepared = await self._bot.gallery.load_card(content.board, as_of=post.as_of)
        except NoSuchDayError:
            return None
        role_id, place = content.mention_role_id, self._place(content)
        text = headline(prepared.card.sheet)

        async def send() -> Answer:
            parts = post_of(prepared, post.nonce)
            if role_id is not None:
                parts["allowed_mentions"] = discord.AllowedMentions(
                    everyone=False, users=False, roles=[discord.Object(role_id)], replied_user=False
                )
            written = text if role_id is None else f"<@&{role_id}> {text}"
            message = await place.send(content=written, nonce=post.nonce, silent=content.silent, **parts)
            return Answer(status=HTTPStatus.OK, message_id=message.id)

        with watching() as watch:
            answer = await self._try(lambda: send_card(send))
        return replace(answer, in_doubt=watch.in_doubt)

    async def find(self, post: Post, *, since: datetime) -> SearchResult:
        """Look for the post in its channel since an instant (aware UTC)."""
        return await self._try(lambda: self._find(post, since))

    async def _find(self, post: Post, since: datetime) -> SearchResult:
        read = 0
        async for message in self._place(post.content).history(limit=MOST_READ):
            if message.created_at < since:
                return NotThere()
            if self._is_post(message, post):
                return Answer(status=HTTPStatus.OK, message_id=message.id)
            read += 1
            if read % A_PAGE == 0:
                await self._pace.turn()
        if read == 0:
            # Without the permission, Discord answers with an empty history.
            await self._pace.turn()
            access = await self._fetch_access(post.content)
            return NotThere() if access.permissions.read_message_history else CannotTell()
        return NotThere() if read < MOST_READ else CannotTell()

    async def may_post(self, content: PostContent) -> bool:
        """Tell whether Discord would let the bot post to the channel."""
        access = await self._try(lambda: self._fetch_access(content))
        return isinstance(access, Access) and not access.missing()

    async def look_for(self, content: PostContent, place: Place) -> Answer:
        """Ask for the channel or the server; the status is 200 if it is there."""
        http = self._bot.http
        if place is Place.CHANNEL:
            return await self._ask(lambda: http.get_channel(content.channel_id))
        return await self._ask(lambda: http.get_guild(content.guild_id, with_counts=False))

    async def check_token(self) -> Answer:
        """Ask Discord who the bot is; the status is 200 if it accepts the token."""
        return await self._ask(lambda: self._bot.http.request(discord.http.Route("GET", "/users/@me")))

    async def publish(self, content: PostContent, message_id: int) -> Answer:
        """Publish a message to the channels that follow; one that is published stays as it is."""
        message = self._place(content).get_partial_message(message_id)
        published = Answer(status=HTTPStatus.OK, message_id=message_id)

        async def publish() -> Answer:
            await message.publish()
            return published

        answer = await self._try(publish)
        return published if answer.code == ALREADY_PUBLISHED else answer

    async def _ask(self, request: Callable[[], Awaitable[object]]) -> Answer:
        """Make a request of which only the success matters."""
        answer = await self._try(request)
        return answer if isinstance(answer, Answer) else Answer(status=HTTPStatus.OK)

    async def _fetch_access(self, content: PostContent) -> Access:
        return await fetch_access(self._bot, guild_id=content.guild_id, channel_id=content.channel_id, pace=self._pace)

    def _place(self, content: PostContent) -> discord.PartialMessageable:
        return self._bot.get_partial_messageable(content.channel_id, guild_id=content.guild_id)

    def _is_post(self, message: discord.Message, post: Post) -> bool:
        """Recognise a post by the nonce in its button; an answer to a command is none."""
        if message.author != self._bot.user or message.interaction_metadata is not None:
            return False
        custom_ids = custom_ids_of(message)
        return post_button_id(post.nonce) in custom_ids or self._is_post_of_0_1(message, post, custom_ids)

    def _is_post_of_0_1(self, message: discord.Message, post: Post, custom_ids: Collection[str]) -> bool:
        """Recognise a post of 0.1.0, which has no such button, by the board in its menu and its citation."""
        upgraded_at = self._upgraded_at
        if upgraded_at is None or utc_now() - upgraded_at > OLD_POSTS_RECOGNISED_FOR:
            return False
        return category_menu_id(post.content.board) in custom_ids and any(
            f"as of {post.as_of.isoformat()}." in (embed.footer.text or "") for embed in message.embeds
        )

    async def _try(self, request: Callable[[], Awaitable[T]]) -> T | Answer:
        """Make a request, or say plainly what came back instead of what was asked for."""
        if self._bot.is_closed():
            return NO_ANSWER
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                return await request()
        except TimeoutError:
            self._lift_global_limit_in_time()
            return NO_ANSWER
        except (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError) as failed:
            return _answer_in(failed)
        except (KeyError, TypeError, ValueError) as unreadable:
            log.warning("Discord's answer cannot be read: %s", unreadable)
            return Answer(status=HTTPStatus.OK)

    def _lift_global_limit_in_time(self) -> None:
        """Lift a limit for all requests once it is over: discord.py leaves that to the request that met it.

        If that one was given up, nobody else would.
        """
        is_over = self._bot.http._global_over  # noqa: SLF001 - there is no other way
        if is_over.is_set():
            return
        loop, over_at = asyncio.get_running_loop(), self._bot.requests.global_limit_over_at
        if over_at <= loop.time():
            is_over.set()
        else:
            loop.call_at(over_at, self._lift_global_limit_in_time)


def _answer_in(failed: Exception) -> Answer:
    """Read Discord's answer out of what discord.py raised; a time-out or a lost connection is none."""
    if isinstance(failed, discord.RateLimited):
        return Answer(status=HTTPStatus.TOO_MANY_REQUESTS, retry_after=timedelta(seconds=failed.retry_after))
    if isinstance(failed, discord.HTTPException):
        headers = failed.response.headers
        wait = parse_retry_after(headers.get("Retry-After"), now=utc_now(), longest=LONGEST_RETRY_AFTER)
        return Answer(
            status=failed.status,
            code=failed.code,
            retry_after=wait or timedelta(0),
            is_page=not failed.code and "json" not in headers.get("Content-Type", ""),
        )
    return NO_ANSWER
