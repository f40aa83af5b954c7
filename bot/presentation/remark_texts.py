"""What is noted about plans and posts, in sentences for a server's moderators."""

from bot.autopost.remarks import Problem, ProblemCode, Result, ResultCode, Unreadable, UnreadableCode

_TRIES_AGAIN = "I try again by myself, and at once when you use /autopost."
_LOOKS_AGAIN = "I look again before this autopost ends."

_PROBLEMS = {
    ProblemCode.NO_ACCESS: f"I cannot see the channel: give me View Channel there. {_TRIES_AGAIN}",
    ProblemCode.NO_PERMISSION: (
        "I am not allowed to post in the channel: give me Send Messages (in a thread: Send Messages in"
        f" Threads), Embed Links and Attach Files there. {_TRIES_AGAIN}"
    ),
    ProblemCode.WRONG_CHANNEL: (
        f"The channel is of a kind that takes no messages: choose a text channel. {_TRIES_AGAIN}"
    ),
    ProblemCode.ARCHIVED: f"The thread is archived: open it again. {_TRIES_AGAIN}",
    ProblemCode.LOCKED: f"The thread is locked: unlock it, or give me Manage Threads. {_TRIES_AGAIN}",
    ProblemCode.BLOCKED: (
        f"The server's AutoMod blocks the post: make an exception for me or for the channel. {_TRIES_AGAIN}"
    ),
    ProblemCode.REFUSED: f"Discord refused the post without a reason I know. {_TRIES_AGAIN}",
    ProblemCode.CHANNEL_MISSING: f"Discord says that the channel does not exist. {_LOOKS_AGAIN}",
    ProblemCode.SERVER_MISSING: f"Discord says that I am not in this server. {_LOOKS_AGAIN}",
    ProblemCode.CHANNEL_GONE: (
        "The channel was deleted, so this autopost has ended. If it is back, use /autopost resume."
    ),
    ProblemCode.SERVER_GONE: (
        "I was no longer in the server, so this autopost has ended. Use /autopost resume to go on."
    ),
    ProblemCode.TOKEN_REFUSED: (
        "Nothing is posted at present, as Discord does not accept me. It goes on by itself once it does."
    ),
    ProblemCode.UNKNOWN: f"Something that I do not know the name of keeps it from posting. {_TRIES_AGAIN}",
}

_RESULTS = {
    ResultCode.POSTED: "posted",
    ResultCode.NOT_PUBLISHED: "posted, but Discord did not publish it to the channels that follow",
    ResultCode.UNSURE: "unsure: it may be posted, and I cannot read the channel's history to tell",
    ResultCode.MISSED: "missed: it could not be posted in time",
    ResultCode.NOTHING_NEW: "nothing new",
    ResultCode.NOT_POSTED: "not posted",
    ResultCode.MALFORMED: (
        "Discord did not take the post. The fault is mine and is logged; the next one comes as planned."
    ),
    ResultCode.UNKNOWN: "something that I do not know the name of",
}


_UNREADABLE = {
    UnreadableCode.BOARD: "the board is not one that I know",
    UnreadableCode.DAYS: "I know no days called “{text}”",
    UnreadableCode.TIMEZONE: "I know no time zone called “{text}”",
    UnreadableCode.STATE: "I know no state called “{text}”",
    UnreadableCode.TIMES: "one of its times or dates is malformed",
}


def unreadable_in_words(why: Unreadable) -> str:
    """Say in a few words why a stored plan cannot be carried out."""
    return _UNREADABLE[why.code].format(text=why.text)


def problem_sentence(problem: Problem) -> str:
    """Say what keeps a plan from posting and what puts it right."""
    return _PROBLEMS[problem.code]


def result_in_words(result: Result) -> str:
    """Say what became of a plan's last instant."""
    return _RESULTS[result.code]
