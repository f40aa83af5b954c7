"""The tests' Discord: gateway, REST and a small world, on loopback."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from tests.wire.accounts import AccountOperations
from tests.wire.bell import PATIENCE
from tests.wire.channels import ChannelOperations
from tests.wire.exchange import ApiError, Received, Reply, error_reply
from tests.wire.gateway import Gateway, GatewayConnection, Session
from tests.wire.interactions import InteractionAnswer, InteractionOperations
from tests.wire.messages import Messages
from tests.wire.people import People
from tests.wire.rendering import user_json
from tests.wire.routing import Route, find_route
from tests.wire.server import LoopbackServer, utc_now
from tests.wire.values import Channel, Json, Message, User
from tests.wire.world import World

TOKEN = "MTAw.stand-in.token"  # noqa: S105 (opens nothing but the stand-in)
OPEN_TO_ALL = ("/interactions/**", "/webhooks/**", "/gateway")


class DiscordStandIn(LoopbackServer):
    """Serves Discord's gateway and REST API to any number of bot processes."""

    prefix = "/api/v10"

    def __init__(self, *, now: Callable[[], datetime] = utc_now, token: str = TOKEN) -> None:
        super().__init__(now=now)
        self.token = token
        self.world = World(now)
        self.messages = Messages(self.world)
        self.gateway = Gateway(token=token, bell=self.bell, ready=self._ready)
        self.accounts = AccountOperations(self.world, lambda: self.gateway_url)
        self.people = People(self.world, lambda: self.accounts.commands)
        self._interactions = InteractionOperations(self.world, self.messages)
        self._routes = [
            *self.accounts.routes(),
            *ChannelOperations(self.world, self.messages).routes(),
            *self._interactions.routes(),
        ]
        self.application.router.add_get("/gateway", self.gateway.serve)

    @property
    def base_url(self) -> str:
        """The value for discord.py's `Route.BASE`."""
        return f"http://127.0.0.1:{self.port}{self.prefix}"

    @property
    def gateway_url(self) -> str:
        """The value for discord.py's `DEFAULT_GATEWAY`."""
        return f"ws://127.0.0.1:{self.port}/gateway"

    @property
    def connections(self) -> list[GatewayConnection]:
        """The open connections of bots, the newest last."""
        return self.gateway.connections

    def answer(self, received: Received) -> Reply:
        """Carry out a request; the answer has the headers of a rate limit that is never reached."""
        found = find_route(self._routes, received)
        if found is None:
            self.unknown_requests.append(received)
            return error_reply(404, 0, "404: Not Found")
        route, call = found
        try:
            self._authorize(received)
            reply = route.handler(call)
        except ApiError as error:
            reply = error_reply(error.status, error.code, str(error))
        return Reply(reply.status, reply.body, {**reply.headers, **self._limits(route)})

    async def hang_up(self) -> None:
        """Close the gateway."""
        await self.gateway.close()

    async def wait_connected(self, total: int = 1, *, within: float = PATIENCE) -> GatewayConnection:
        """The newest connection, once `total` sessions have started."""

        def look() -> GatewayConnection | None:
            is_due = self.gateway.ready_total >= total and self.connections
            return self.connections[-1] if is_due else None

        return await self.bell.until(look, within=within, what=f"{total} sessions")

    async def wait_gone(self, connection: GatewayConnection, *, within: float = PATIENCE) -> None:
        """Return once a connection has ended."""
        await self.bell.until(lambda: None if connection in self.connections else True, within=within, what="the end")

    async def wait_registered(self, *, within: float = PATIENCE) -> list[Json]:
        """The commands, once the bot has registered some."""
        return await self.bell.until(lambda: self.accounts.commands or None, within=within, what="registered commands")

    async def dispatch(self, event: str, payload: Json, *, to: GatewayConnection | None = None) -> None:
        """Send an event to a bot, by default to the newest one that has the guild's shard."""
        guild_id = payload.get("guild_id")
        target = to or self.gateway.pick(int(guild_id) if guild_id else None)
        await target.dispatch(event, payload)

    async def interact(
        self, payload: Json, *, to: GatewayConnection | None = None, within: float = PATIENCE
    ) -> InteractionAnswer:
        """Send an interaction, and wait for its complete answer."""
        answer = await self.begin(payload, to=to)
        return await self.settled(answer, within=within)

    async def begin(self, payload: Json, *, to: GatewayConnection | None = None) -> InteractionAnswer:
        """Send an interaction without waiting; the returned object collects the answer."""
        answer = self._interactions.begin(payload)
        await self.dispatch("INTERACTION_CREATE", payload, to=to)
        return answer

    async def settled(
        self,
        answer: InteractionAnswer,
        *,
        when: Callable[[InteractionAnswer], bool] = lambda answer: answer.is_complete,
        within: float = PATIENCE,
    ) -> InteractionAnswer:
        """The same answer, once it is complete or `when` is true."""
        return await self.bell.until(
            lambda: answer if when(answer) else None, within=within, what="an answer to the interaction"
        )

    def slash_command(
        self,
        *path: str,
        user: User,
        channel: Channel | None = None,
        options: Mapping[str, Any] | None = None,
        user_install: bool = False,
    ) -> Json:
        """The event of a slash command: `slash_command("rankings", "code", user=…, options={…})`."""
        return self.people.slash_command(*path, user=user, channel=channel, options=options, user_install=user_install)

    def autocomplete(
        self,
        *path: str,
        focused: str,
        user: User,
        channel: Channel | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> Json:
        """The event of typing into the option `focused`; `options` holds the text so far."""
        typed = {focused: "", **(options or {})}
        return self.people.slash_command(*path, user=user, channel=channel, options=typed, focused=focused)

    def component_click(self, message: Message, custom_id: str, *, user: User, values: Sequence[str] = ()) -> Json:
        """The event of a click on a button, or of a choice in a select."""
        return self.people.component_click(message, custom_id, user=user, values=values)

    def _authorize(self, received: Received) -> None:
        """Refuse requests without the bot's token."""
        if any(received.matches("*", pattern) for pattern in OPEN_TO_ALL):
            return
        if received.headers.get("Authorization") != f"Bot {self.token}":
            raise ApiError(401, 0, "401: Unauthorized")

    def _limits(self, route: Route) -> Mapping[str, str]:
        """The headers of a generous rate limit."""
        return {
            "X-RateLimit-Limit": "1000",
            "X-RateLimit-Remaining": "999",
            "X-RateLimit-Reset": f"{self.now().timestamp() + 1:.3f}",
            "X-RateLimit-Reset-After": "1.000",
            "X-RateLimit-Bucket": route.bucket,
            "Via": "1.1 google",
        }

    def _ready(self, session: Session) -> Json:
        """The event READY."""
        number, total = session.shard
        joined = [guild_id for guild_id, user_id in self.world.members if user_id == self.world.bot.id]
        mine = [guild_id for guild_id in joined if (guild_id >> 22) % total == number]
        return {
            "v": 10,
            "user": user_json(self.world.bot),
            "guilds": [{"id": str(guild_id), "unavailable": True} for guild_id in mine],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": self.gateway_url,
            "shard": [number, total],
            "application": {"id": str(self.world.bot.id), "flags": 0},
        }
