"""The Discord side: the bot and its commands, its messages, and the channels it posts to."""
