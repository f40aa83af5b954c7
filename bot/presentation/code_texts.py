"""The notes about plans and posts, as sentences for a server's moderators."""

from bot.autopost.codes import Problem, ProblemCode, Result, ResultCode, Unreadable, UnreadableCode

_TRIES_AGAIN = "I will try again later, or at once when you use /autopost."
_LOOKS_AGAIN = "I will check again before I end this autopost."

_PROBLEMS = {
    ProblemCode.NO_ACCESS: f"I cannot see the channel. Give me View Channel there. {_TRIES_AGAIN}",
    ProblemCode.NO_PERMISSION: (
        "I am not allowed to post in the channel. Give me Send Messages (in a thread: Send Messages in"
        f" Threads), Embed Links and Attach Files there. {_TRIES_AGAIN}"
    ),
    ProblemCode.WRONG_CHANNEL: (
        f"I cannot post to this kind of channel. Add an autopost for a text channel instead. {_TRIES_AGAIN}"
    ),
    ProblemCode.ARCHIVED: f"The thread is archived. Reopen it. {_TRIES_AGAIN}",
    ProblemCode.LOCKED: f"The thread is locked. Unlock it, or give me Manage Threads. {_TRIES_AGAIN}",
    ProblemCode.BLOCKED: (
        f"The server's AutoMod blocks the post. Make an exception for me or for the channel. {_TRIES_AGAIN}"
    ),
    ProblemCode.REFUSED: f"Discord refused the post for a reason that I do not know. {_TRIES_AGAIN}",
    ProblemCode.CHANNEL_MISSING: f"Discord says that the channel does not exist. {_LOOKS_AGAIN}",
    ProblemCode.SERVER_MISSING: f"Discord says that I am not in this server. {_LOOKS_AGAIN}",
    ProblemCode.CHANNEL_GONE: (
        "The channel was deleted, so this autopost has ended. If the channel is back, use /autopost resume."
    ),
    ProblemCode.SERVER_GONE: (
        "I was no longer in the server, so this autopost has ended. Use /autopost resume to restart it."
    ),
    ProblemCode.TOKEN_REFUSED: (
        "Discord does not accept my login, so I cannot post. Posting resumes by itself once it does."
    ),
    ProblemCode.UNKNOWN: f"I do not know what keeps this autopost from posting. {_TRIES_AGAIN}",
}

_RESULTS = {
    ResultCode.POSTED: "posted",
    ResultCode.NOT_PUBLISHED: "posted, but Discord did not publish it to its follower channels",
    ResultCode.UNSURE: "unsure: it may be posted, but I cannot read the channel's history to check",
    ResultCode.MISSED: "missed: it could not be posted in time",
    ResultCode.NOTHING_NEW: "nothing new",
    ResultCode.NOT_POSTED: "not posted",
    ResultCode.MALFORMED: (
        "Discord did not accept the post because of a fault in the bot, which is logged."
        " The next post comes as planned."
    ),
    ResultCode.UNKNOWN: "unknown to this version of the bot",
}


_UNREADABLE = {
    UnreadableCode.BOARD: "I do not know its board",
    UnreadableCode.DAYS: "I do not know the days “{text}”",
    UnreadableCode.TIMEZONE: "I do not know the time zone “{text}”",
    UnreadableCode.STATE: "I do not know the state “{text}”",
    UnreadableCode.TIMES: "one of its times or dates is malformed",
}


def unreadable_in_words(why: Unreadable) -> str:
    """Say in a few words why the bot cannot use a stored plan."""
    return _UNREADABLE[why.code].format(text=why.text)


def problem_sentence(problem: Problem) -> str:
    """Say what keeps a plan from posting, and how to fix it."""
    return _PROBLEMS[problem.code]


def result_in_words(result: Result) -> str:
    """Say what happened at a plan's last instant."""
    return _RESULTS[result.code]
