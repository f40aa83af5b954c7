"""Keys that fit Discord's length limits: a short text is its own key, a longer one has a hash as its key."""

import re
from hashlib import sha256

LONGEST_KEY = 85
"""UTF-16 units. A `custom_id` may have 100, and its longest prefix, `board:category:`, takes 15."""

_SHORTENED = re.compile(r"~[0-9a-f]{24}")


def key_of(text: str) -> str:
    """The text if it is short enough, otherwise `~` and 24 hexadecimal digits of its SHA-256; must never change."""
    if len(text.encode("utf-16-le", "surrogatepass")) // 2 <= LONGEST_KEY:
        return text
    return f"~{sha256(text.encode(errors='surrogatepass')).hexdigest()[:24]}"


def is_shortened(key: str) -> bool:
    """Whether a key stands for a longer text, which has to be looked up."""
    return _SHORTENED.fullmatch(key) is not None
