"""The Discord face: every file is one extension."""
