"""A Discord bot that brings OpenRouter's task rankings into servers."""

__version__ = "0.2.0"
