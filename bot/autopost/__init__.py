"""When and where the daily posts go, and what becomes of each."""
