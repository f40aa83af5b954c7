"""The slash commands, buttons and menus: each file is one discord.py extension."""
