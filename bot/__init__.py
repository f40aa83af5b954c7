"""A Discord bot that brings OpenRouter's task rankings into servers."""
