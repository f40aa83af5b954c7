"""Cut Discord's own OpenAPI description down to the request bodies that the bot sends.

Run as `python -m tests.discord_description.cut path/to/openapi.json`; it writes the cut beside this file.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.discord_description.operations import Operation

CUT = Path(__file__).with_name("discord-openapi-cut.json")


def references(part: object) -> Iterator[str]:
    """The name of every schema that a part of the description refers to."""
    if isinstance(part, dict):
        reference = part.get("$ref")
        if isinstance(reference, str):
            yield reference.rpartition("/")[2]
        for child in part.values():
            yield from references(child)
    elif isinstance(part, list):
        for child in part:
            yield from references(child)


def reached(start: object, schemas: dict[str, Any]) -> dict[str, Any]:
    """The schemas that a part of the description needs, directly or indirectly."""
    found: dict[str, Any] = {}
    waiting = list(references(start))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = schemas[name]
            waiting.extend(references(schemas[name]))
    return found


def cut(description: dict[str, Any]) -> dict[str, Any]:
    """Keep the operations that the bot calls, their JSON bodies and the schemas these reach."""
    paths: dict[str, Any] = {}
    for operation in Operation:
        body = description["paths"][operation.path][operation.method.lower()].get("requestBody")
        kept = {}
        if body is not None:
            content = {"application/json": body["content"]["application/json"]}
            kept = {"requestBody": {"content": content, "required": body["required"]}}
        paths.setdefault(operation.path, {})[operation.method.lower()] = kept
    schemas = reached(paths, description["components"]["schemas"])
    head = {name: description[name] for name in ("openapi", "info")}
    return {**head, "paths": paths, "components": {"schemas": schemas}}


def main() -> None:
    """Write the cut of the description at the path that is the only argument."""
    (source,) = sys.argv[1:]
    description = json.loads(Path(source).read_text(encoding="utf-8"))
    text = json.dumps(cut(description), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    CUT.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
