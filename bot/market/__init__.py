"""Numbers in: what OpenRouter publishes, and how the bot fetches, keeps and queries it."""
