"""The operations for accounts, guilds and commands."""

from collections.abc import Callable, Sequence

from tests.wire.exchange import ApiError, Reply, json_reply
from tests.wire.rendering import channel_json, guild_json, member_json, role_json, user_json
from tests.wire.routing import Call, Route
from tests.wire.values import Json
from tests.wire.world import THREADS, World


class AccountOperations:
    """The bot's own account, its guilds, and its registered commands."""

    def __init__(self, world: World, gateway_url: Callable[[], str]) -> None:
        self._world = world
        self._gateway_url = gateway_url
        self.shards = 1
        self.commands: list[Json] = []

    def routes(self) -> list[Route]:
        """The paths of the operations."""
        commands = "/applications/{application}/commands"
        return [
            Route("GET", "/gateway", self._gateway),
            Route("GET", "/gateway/bot", self._gateway),
            Route("GET", "/users/@me", self._me),
            Route("GET", "/applications/@me", self._application),
            Route("GET", "/oauth2/applications/@me", self._application),
            Route("GET", commands, self._list_commands),
            Route("PUT", commands, self._register),
            Route("GET", "/guilds/{guild}", self._guild),
            Route("GET", "/guilds/{guild}/roles", self._roles),
            Route("GET", "/guilds/{guild}/channels", self._channels),
            Route("GET", "/guilds/{guild}/members/{user}", self._member),
        ]

    def _gateway(self, _: Call) -> Reply:
        """The gateway's URL and its session limits."""
        limit = {"total": 1000, "remaining": 999, "reset_after": 86_400_000, "max_concurrency": 1}
        return json_reply({"url": self._gateway_url(), "shards": self.shards, "session_start_limit": limit})

    def _me(self, _: Call) -> Reply:
        """The bot's account."""
        return json_reply(user_json(self._world.bot) | {"verified": True, "mfa_enabled": False, "locale": "en-US"})

    def _application(self, _: Call) -> Reply:
        """The bot's application."""
        bot = self._world.bot
        return json_reply(
            {
                "id": str(bot.id),
                "name": bot.name,
                "icon": None,
                "description": "",
                "summary": "",
                "type": None,
                "verify_key": "0" * 64,
                "flags": 0,
                "flags_new": "0",
                "bot_public": True,
                "bot_require_code_grant": False,
                "owner": user_json(self._world.owner),
                "team": None,
                "redirect_uris": [],
                "interactions_endpoint_url": None,
                "role_connections_verification_url": None,
                "approximate_guild_count": len(self._world.guilds),
                "approximate_user_install_count": 0,
                "approximate_user_authorization_count": 0,
                "explicit_content_filter": 0,
                "eligible_oauth2_scopes": [],
                "integration_types_config": {"0": {}, "1": {}},
            }
        )

    def _list_commands(self, call: Call) -> Reply:
        """The commands as registered."""
        self._check_application(call)
        return json_reply(self.commands)

    def _register(self, call: Call) -> Reply:
        """Replace all commands; a command with a known name keeps its id."""
        self._check_application(call)
        self.register(call.received.json)
        return json_reply(self.commands)

    def register(self, commands: Sequence[Json]) -> None:
        """Store commands, and return them from now on as Discord does."""
        known = {command["name"]: command["id"] for command in self.commands}
        self.commands = [
            {
                **as_discord_returns(command),
                "id": known.get(command["name"]) or str(self._world.new_id()),
                "application_id": str(self._world.bot.id),
                "version": str(self._world.new_id()),
            }
            for command in commands
        ]

    def _check_application(self, call: Call) -> None:
        """Refuse another application's id."""
        if call.number("application") != self._world.bot.id:
            raise ApiError(403, 50001, "Missing Access")

    def _guild(self, call: Call) -> Reply:
        """A guild."""
        return json_reply(guild_json(self._world, self._world.find_guild(call.number("guild"))))

    def _roles(self, call: Call) -> Reply:
        """A guild's roles."""
        guild = self._world.find_guild(call.number("guild"))
        roles = (role for role in self._world.roles.values() if role.guild_id == guild.id)
        return json_reply([role_json(role) for role in roles])

    def _channels(self, call: Call) -> Reply:
        """A guild's channels, without its threads."""
        guild = self._world.find_guild(call.number("guild"))
        found = (one for one in self._world.channels.values() if one.guild_id == guild.id)
        return json_reply([channel_json(self._world, one) for one in found if one.type not in THREADS])

    def _member(self, call: Call) -> Reply:
        """A member of a guild."""
        guild = self._world.find_guild(call.number("guild"))
        user_id = call.number("user")
        if (guild.id, user_id) not in self._world.members:
            raise ApiError(404, 10007, "Unknown Member")
        return json_reply(member_json(self._world, guild.id, self._world.users[user_id]))


def as_discord_returns(command: Json) -> Json:
    """A registered command as Discord returns it."""
    permissions = command.get("default_member_permissions")
    return {
        **_without_defaults(command),
        "default_member_permissions": None if permissions is None else str(permissions),
        "name_localizations": None,
        "description_localizations": None,
        "dm_permission": True,
        "nsfw": bool(command.get("nsfw")),
    }


def _without_defaults(part: Json) -> Json:
    """A command or an option without its empty and false fields, with those that Discord adds."""
    said = {name: value for name, value in part.items() if value not in (None, []) and value is not False}
    for name in {"options", "choices"} & said.keys():
        said[name] = [_without_defaults(inner) | {"name_localizations": None} for inner in said[name]]
    for name in {"contexts", "integration_types", "channel_types"} & said.keys():
        said[name] = sorted(said[name], reverse=True)
    return said
