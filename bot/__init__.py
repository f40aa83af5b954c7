"""A Discord bot that posts OpenRouter's task rankings."""

__version__ = "0.3.0"
