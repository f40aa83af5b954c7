"""What `/autopost` replies after it has done what a moderator asked."""

from datetime import UTC, datetime

import pytest

from bot.presentation import replies

NEXT = datetime(2026, 9, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (replies.removed(7), "Removed the autopost to <#7>."),
        (replies.paused(7), "Paused the autopost to <#7>. Use `/autopost resume` to resume it."),
        (replies.resumed(7, upcoming=NEXT), "Resumed the autopost to <#7>. Next post: <t:1788339600:F>."),
        (replies.posted(7), "Posted to <#7>."),
        (
            replies.not_posted(),
            (
                "Nothing was posted: this data is already posted or being posted, or Discord refused it. "
                "See `/autopost list`."
            ),
        ),
    ],
)
def test_each_change_is_confirmed_in_one_line(reply: str, expected: str) -> None:
    """With the channel, which Discord shows by name."""
    assert expected == reply
