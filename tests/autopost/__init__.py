"""When and where the daily posts go, in a time that passes at once."""
