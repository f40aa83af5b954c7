"""Stand-ins for Discord and OpenRouter on loopback, and the bot as a real process that uses them."""
