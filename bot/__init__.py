"""A Discord bot that posts OpenRouter's task rankings."""

__version__ = "0.2.0"
