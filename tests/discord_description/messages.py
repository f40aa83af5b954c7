"""Discord's rules for messages beyond its description: texts, embeds, attachments, mentions."""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from tests.discord_description import limits
from tests.discord_description.components import component_problems
from tests.discord_description.fields import Field, Problem, distinct, length, size_problems

MEDIA = ("image", "thumbnail", "video")
VISIBLE = ("title", "description", "fields", "image", "thumbnail", "author", "footer")
REFERENCE = "attachment://"
OLDEST_SNOWFLAKE = 10**15  # smaller attachment ids can only be indexes of files


def message_problems(message: Field, files: Sequence[str], *, creates: bool) -> Iterator[Problem]:
    """The problems of a message that is created or edited."""
    yield from size_problems(message["content"], limits.CONTENT)
    yield from embeds_problems(message["embeds"])
    yield from component_problems(message)
    yield from attachment_problems(message, files, creates=creates)
    yield from reference_problems(message, files)
    if creates and not (
        files or any(message[name].value for name in ("content", "embeds", "components", "poll", "sticker_ids"))
    ):
        yield message.problem("an empty message is not created")


def mention_problems(message: Field, *, needed: bool) -> Iterator[Problem]:
    """Require `allowed_mentions` without mentions: if it is missing, Discord pings everyone who is mentioned."""
    mentions = message["allowed_mentions"]
    if mentions.value is None:
        if needed:
            yield mentions.problem("missing, so everything that is mentioned is pinged")
        return
    if not isinstance(mentions["parse"].value, list):
        yield mentions["parse"].problem("missing, and must be there and empty")
    for name in ("parse", "users", "roles", "replied_user"):
        if mentions[name].value:
            yield mentions[name].problem(f"pings {mentions[name].value!r:.60}")


def embeds_problems(embeds: Field) -> Iterator[Problem]:
    """Check all embeds of a message, and the sum of their texts."""
    yield from size_problems(embeds, limits.MESSAGE_EMBEDS)
    total = 0
    for embed in embeds:
        yield from embed_problems(embed)
        total += sum(length(text.text) for text in counted(embed))
    if total > limits.MESSAGE_EMBED_CHARACTERS:
        yield embeds.problem(f"{total} characters together, {limits.MESSAGE_EMBED_CHARACTERS} are allowed")


def counted(embed: Field) -> Iterator[Field]:
    """The texts that count towards the sum over all embeds."""
    yield from (embed["title"], embed["description"], embed["footer"]["text"], embed["author"]["name"])
    for field in embed["fields"]:
        yield from (field["name"], field["value"])


def embed_problems(embed: Field) -> Iterator[Problem]:
    """Check the texts, the fields and the URLs of one embed."""
    for path, span in limits.EMBED_TEXTS.items():
        holder = embed
        for name in path[:-1]:
            holder = holder[name]
        text = holder[path[-1]]
        yield from size_problems(text, span)
        if holder.value is not None and span.low and text.value is None:
            yield text.problem("missing")
    yield from size_problems(embed["fields"], limits.EMBED_FIELDS)
    for field in embed["fields"]:
        yield from size_problems(field["name"], limits.EMBED_FIELD_NAME)
        yield from size_problems(field["value"], limits.EMBED_FIELD_VALUE)
    if not any(embed[name].value for name in VISIBLE):
        yield embed.problem("nothing to see in this embed")
    yield from address_problems(embed)


def address_problems(embed: Field) -> Iterator[Problem]:
    """Require http or https in every URL; a picture may also be an attachment."""
    links = [embed["url"], embed["author"]["url"]]
    pictures = [*(embed[name]["url"] for name in MEDIA), embed["author"]["icon_url"], embed["footer"]["icon_url"]]
    for address in [*links, *pictures]:
        if address.value is None or (address in pictures and address.text.startswith(REFERENCE)):
            continue
        if not is_web_address(address.text):
            yield address.problem(f"{address.value!r:.80} is no http or https address")


def is_web_address(text: str) -> bool:
    """Whether a text is an http or https URL with a host."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not re.search(r"\s", text)


def attachment_problems(message: Field, files: Sequence[str], *, creates: bool) -> Iterator[Problem]:
    """Match the listed attachments with the files, in both directions."""
    entries = list(message["attachments"])
    yield from size_problems(message["attachments"], limits.ATTACHMENTS)
    yield from distinct([entry["id"] for entry in entries])
    yield from distinct([entry["filename"] for entry in entries])
    for entry in entries:
        yield from size_problems(entry["description"], limits.ALT_TEXT)
        yield from entry_problems(entry, files, creates=creates)
    listed = {str(entry["id"].value) for entry in entries}
    for index, name in enumerate(files):
        if str(index) not in listed:
            yield message["attachments"].problem(f"no entry for files[{index}], {name!r}")


def entry_problems(entry: Field, files: Sequence[str], *, creates: bool) -> Iterator[Problem]:
    """Find the file of one entry; an edit may also keep an existing attachment."""
    number = str(entry["id"].value)
    if not number.isdecimal() or (int(number) >= OLDEST_SNOWFLAKE and not creates):
        return
    if int(number) >= len(files):
        yield entry["id"].problem(f"{number} has no file, {len(files)} are sent")
    elif entry["filename"].value not in {None, files[int(number)]}:
        yield entry["filename"].problem(f"{entry['filename'].value!r}, but the file is {files[int(number)]!r}")


def reference_problems(message: Field, files: Sequence[str]) -> Iterator[Problem]:
    """Require that every `attachment://` names an existing file, with characters that Discord keeps."""
    names = {*files, *(entry["filename"].text for entry in message["attachments"])}
    for place in ("embeds", "components"):
        for field in message[place].everything():
            name = field.text.removeprefix(REFERENCE)
            if name == field.text or field.path.rpartition(".")[2] not in {"url", "icon_url"}:
                continue
            if name not in names:
                yield field.problem(f"{name!r} is not attached")
            elif not re.fullmatch(r"[A-Za-z0-9._-]+", name):
                yield field.problem(f"{name!r} is renamed by Discord, so the reference breaks")
