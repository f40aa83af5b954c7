"""For whoever runs the bot: the terminal, the demo, and the health check."""
