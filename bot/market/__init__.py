"""Numbers in: what OpenRouter publishes, how it is asked for, and what is kept of it."""
