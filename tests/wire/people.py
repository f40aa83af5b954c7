"""The actions of users, as the interactions that Discord sends."""

from collections.abc import Callable, Mapping, Sequence
from secrets import token_urlsafe
from typing import Any

from tests.wire.rendering import channel_json, member_json, message_json, role_json, user_json
from tests.wire.values import Channel, Json, Message, Role, User
from tests.wire.world import World

SUBCOMMAND, GROUP = 1, 2
BUTTON = 2
OPTION_TYPES: tuple[tuple[type, int], ...] = (
    (bool, 5),
    (int, 4),
    (float, 10),
    (str, 3),
    (User, 6),
    (Channel, 7),
    (Role, 8),
)
LARGEST_FILE = 10 * 1024 * 1024


class People:
    """Makes the interactions of users."""

    def __init__(self, world: World, commands: Callable[[], Sequence[Json]]) -> None:
        self._world = world
        self._commands = commands

    def slash_command(
        self,
        *path: str,
        user: User,
        channel: Channel | None = None,
        options: Mapping[str, Any] | None = None,
        focused: str | None = None,
        user_install: bool = False,
    ) -> Json:
        """A slash command, or its autocomplete if an option is `focused`; without a channel, a direct message."""
        place = channel or self._world.direct_channel(user)
        command = self._registered(path[0])
        kinds = option_kinds(command, path, options or {})
        nested = [self._option(name, value, kinds[name]) for name, value in (options or {}).items()]
        for option in nested:
            option.update({"focused": True} if option["name"] == focused else {})
        for depth, name in enumerate(reversed(path[1:])):
            nested = [{"name": name, "type": GROUP if depth else SUBCOMMAND, "options": nested}]
        data: Json = {"id": command.get("id", "1"), "name": path[0], "type": 1, "options": nested}
        if focused is None:
            data["resolved"] = self._resolved(place, user, (options or {}).values())
        return self._interaction(4 if focused else 2, data, user=user, channel=place, user_install=user_install)

    def component_click(
        self,
        message: Message,
        custom_id: str,
        *,
        user: User,
        values: Sequence[str] = (),
        user_install: bool = False,
    ) -> Json:
        """A click on a button or a choice of `values` in a select, on a message as it is now."""
        component = find_component(message.components, custom_id)
        data: Json = {"custom_id": custom_id, "component_type": component["type"]}
        if component["type"] != BUTTON:
            offered = {option["value"] for option in component.get("options", ())}
            if offered and not offered.issuperset(values):
                raise LookupError(f"{custom_id} does not offer {values}")
            data["values"] = list(values)
        place = self._world.channels[message.channel_id]
        payload = self._interaction(3, data, user=user, channel=place, user_install=user_install)
        return payload | {"message": message_json(self._world, message)}

    def _interaction(
        self,
        kind: int,
        data: Json,
        *,
        user: User,
        channel: Channel,
        user_install: bool,
    ) -> Json:
        """The envelope of every interaction."""
        payload: Json = {
            "id": str(self._world.new_id()),
            "application_id": str(self._world.bot.id),
            "type": kind,
            "token": token_urlsafe(48),
            "version": 1,
            "data": data,
            "channel_id": str(channel.id),
            "channel": self._channel(channel, user),
            "app_permissions": str(self._world.permissions(self._world.bot, channel)),
            "locale": "en-US",
            "entitlements": [],
            "attachment_size_limit": LARGEST_FILE,
        }
        return payload | self._place(channel, user, user_install=user_install)

    def _place(self, channel: Channel, user: User, *, user_install: bool) -> Json:
        """The user, and the guild or the direct message."""
        owners: Json = {"1": str(user.id)} if user_install else {}
        if channel.guild_id is None:
            owners = owners or {"0": "0"}
            return {"user": user_json(user), "context": 1, "authorizing_integration_owners": owners}
        permissions = str(self._world.permissions(user, channel))
        member = member_json(self._world, channel.guild_id, user) | {"permissions": permissions}
        guild_id = str(channel.guild_id)
        return {
            "member": member,
            "guild_id": guild_id,
            "guild": {"id": guild_id, "locale": "en-US", "features": []},
            "guild_locale": "en-US",
            "context": 0,
            "authorizing_integration_owners": owners or {"0": guild_id},
        }

    def _channel(self, channel: Channel, user: User) -> Json:
        """A channel with the user's permissions in it."""
        permissions = str(self._world.permissions(user, channel))
        return channel_json(self._world, channel) | {"permissions": permissions}

    def _option(self, name: str, value: object, kind: int) -> Json:
        """An option with its value in Discord's format."""
        said = str(value.id) if isinstance(value, User | Channel | Role) else value
        return {"name": name, "type": kind, "value": said}

    def _resolved(self, place: Channel, user: User, values: Any) -> Json:
        """The users, roles and channels in options."""
        found: dict[str, Json] = {}
        for value in values:
            if isinstance(value, Channel):
                found.setdefault("channels", {})[str(value.id)] = self._channel(value, user)
            elif isinstance(value, Role):
                found.setdefault("roles", {})[str(value.id)] = role_json(value)
            elif isinstance(value, User):
                found.setdefault("users", {})[str(value.id)] = user_json(value)
                if (place.guild_id or 0, value.id) in self._world.members:
                    member = member_json(self._world, place.guild_id or 0, value) | {"permissions": "0"}
                    found.setdefault("members", {})[str(value.id)] = member
        return found

    def _registered(self, name: str) -> Json:
        """A command as the bot registered it; before the first registration, any command exists."""
        commands = {command["name"]: command for command in self._commands()}
        if commands and name not in commands:
            raise LookupError(f"/{name} is not registered")
        return commands.get(name, {})


def option_kinds(command: Json, path: Sequence[str], options: Mapping[str, Any]) -> dict[str, int]:
    """The type of each option as registered; an unregistered name is an error."""
    if not command:
        return {name: _kind_of(value) for name, value in options.items()}
    level = command
    for name in path[1:]:
        known = {option["name"]: option for option in level.get("options", ())}
        if name not in known:
            raise LookupError(f"/{' '.join(path)} is not registered")
        level = known[name]
    kinds = {option["name"]: option["type"] for option in level.get("options", ())}
    if unknown := options.keys() - kinds.keys():
        raise LookupError(f"/{' '.join(path)} has no option {sorted(unknown)}")
    return kinds


def _kind_of(value: object) -> int:
    """The type of an unregistered option, by its value."""
    return next(number for python, number in OPTION_TYPES if isinstance(value, python))


def find_component(components: Sequence[Json], custom_id: str) -> Json:
    """A component of a message, at any depth."""
    waiting = list(components)
    while waiting:
        component = waiting.pop()
        if component.get("custom_id") == custom_id:
            if component.get("disabled"):
                raise LookupError(f"{custom_id} is disabled")
            return component
        waiting += component.get("components", ())
        waiting += [component["accessory"]] if "accessory" in component else []
    raise LookupError(f"no component is called {custom_id}")
