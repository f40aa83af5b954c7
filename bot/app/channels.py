"""Posts in Discord's channels, over REST only: send a post, find it again, publish it."""

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
from bot.clock import Clock, utc_now
from bot.errors import NoSuchDayError
from bot.presentation.controls import POST_BUTTON_PREFIX, category_menu_id, post_button_id
from bot.presentation.headline import headline
from bot.retry_after import parse_retry_after

REQUEST_TIMEOUT = timedelta(seconds=20)
LONGEST_RETRY_AFTER = timedelta(hours=6)
"""The longest `Retry-After` that is believed, so that a mistake cannot cost the day's post."""

MAX_MESSAGES_READ = 3000
"""How many messages of a channel are searched for a post."""

OLD_POSTS_RECOGNISED_FOR = timedelta(days=30)
"""How long after an upgrade from 0.1.0 the bot recognises posts that 0.1.0 sent."""

ALREADY_PUBLISHED = 40033
PAGE_SIZE = 100
"""Messages per request."""

T = TypeVar("T")

log = logging.getLogger(__name__)


class DiscordMessenger:
    """Sends posts, finds them again and publishes them, as `bot.autopost.messenger.Messenger` describes."""

    def __init__(
        self, bot: RankingsBot, *, pace: Pace, upgraded_at: datetime | None = None, clock: Clock = utc_now
    ) -> None:
        """Send as `bot`. An operation of several requests takes a turn in `pace` before each one but the first.

        `upgraded_at` (aware UTC) is when the database was upgraded from 0.1.0; None if it was not.
        """
        self._bot = bot
        self._pace = pace
        self._upgraded_at = upgraded_at
        self._clock = clock

    async def send(self, post: Post) -> Answer | None:
        """Send a post with its nonce; return None and send nothing if the archive no longer has its data."""
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
        """Search the channel for the post, back to an instant (aware UTC)."""
        return await self._try(lambda: self._find(post, since))

    async def _find(self, post: Post, since: datetime) -> SearchResult:
        read = 0
        async for message in self._place(post.content).history(limit=MAX_MESSAGES_READ):
            if message.created_at < since:
                return NotThere()
            if self._is_post(message, post):
                return Answer(status=HTTPStatus.OK, message_id=message.id)
            read += 1
            if read % PAGE_SIZE == 0:
                await self._pace.turn()
        if read == 0:
            # Discord also answers with an empty history if the bot may not read it.
            await self._pace.turn()
            access = await self._fetch_access(post.content)
            return NotThere() if access.permissions.read_message_history else CannotTell()
        return NotThere() if read < MAX_MESSAGES_READ else CannotTell()

    async def may_post(self, content: PostContent) -> bool:
        """Check whether the bot has all permissions that a post needs; False if Discord does not say."""
        access = await self._try(lambda: self._fetch_access(content))
        return isinstance(access, Access) and not access.missing()

    async def look_for(self, content: PostContent, place: Place) -> Answer:
        """Fetch the channel or the server; the status is 200 if it exists."""
        http = self._bot.http
        if place is Place.CHANNEL:
            return await self._ask(lambda: http.get_channel(content.channel_id))
        return await self._ask(lambda: http.get_guild(content.guild_id, with_counts=False))

    async def check_token(self) -> Answer:
        """Fetch the bot's own user; the status is 200 if Discord accepts the token."""
        return await self._ask(lambda: self._bot.http.request(discord.http.Route("GET", "/users/@me")))

    async def publish(self, content: PostContent, message_id: int) -> Answer:
        """Publish a message to the following channels; if it is published already, that is a success too."""
        message = self._place(content).get_partial_message(message_id)
        published = Answer(status=HTTPStatus.OK, message_id=message_id)

        async def publish() -> Answer:
            await message.publish()
            return published

        answer = await self._try(publish)
        return published if answer.code == ALREADY_PUBLISHED else answer

    async def _ask(self, request: Callable[[], Awaitable[object]]) -> Answer:
        """Make a request whose result is not needed, only whether it succeeded."""
        answer = await self._try(request)
        return answer if isinstance(answer, Answer) else Answer(status=HTTPStatus.OK)

    async def _fetch_access(self, content: PostContent) -> Access:
        return await fetch_access(self._bot, guild_id=content.guild_id, channel_id=content.channel_id, pace=self._pace)

    def _place(self, content: PostContent) -> discord.PartialMessageable:
        return self._bot.get_partial_messageable(content.channel_id, guild_id=content.guild_id)

    def _is_post(self, message: discord.Message, post: Post) -> bool:
        """Recognise a post by the nonce in its button; a reply to a command is never a post."""
        if message.author != self._bot.user or message.interaction_metadata is not None:
            return False
        custom_ids = custom_ids_of(message)
        if any(custom_id.startswith(POST_BUTTON_PREFIX) for custom_id in custom_ids):
            return post_button_id(post.nonce) in custom_ids
        return self._is_post_of_0_1(message, post, custom_ids)

    def _is_post_of_0_1(self, message: discord.Message, post: Post, custom_ids: Collection[str]) -> bool:
        """Recognise a post of 0.1.0, which has no such button, by the board in its menu and its citation's date."""
        upgraded_at = self._upgraded_at
        if upgraded_at is None or self._clock() - upgraded_at > OLD_POSTS_RECOGNISED_FOR:
            return False
        return category_menu_id(post.content.board) in custom_ids and any(
            f"as of {post.as_of.isoformat()}." in (embed.footer.text or "") for embed in message.embeds
        )

    async def _try(self, request: Callable[[], Awaitable[T]]) -> T | Answer:
        """Make a request; return its result, or what Discord answered instead."""
        if self._bot.is_closed():
            return NO_ANSWER
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT.total_seconds()):
                return await request()
        except TimeoutError:
            self._end_global_limit_on_time()
            return NO_ANSWER
        except (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError) as failed:
            return _answer_from(failed)
        except (KeyError, TypeError, ValueError) as unreadable:
            log.warning("Discord's answer is unreadable: %s", unreadable)
            return Answer(status=HTTPStatus.OK)

    def _end_global_limit_on_time(self) -> None:
        """End discord.py's global rate limit when its time is over.

        In discord.py, the request that met the limit ends it. After a timeout here, that request no longer exists.
        """
        is_over = self._bot.http._global_over  # noqa: SLF001 - discord.py has no public access to it
        if is_over.is_set():
            return
        loop, over_at = asyncio.get_running_loop(), self._bot.requests.global_limit_ends_at
        if over_at <= loop.time():
            is_over.set()
        else:
            loop.call_at(over_at, self._end_global_limit_on_time)


def _answer_from(failed: Exception) -> Answer:
    """Convert discord.py's exception to an Answer; a timeout or a lost connection gives NO_ANSWER."""
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
