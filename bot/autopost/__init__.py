"""When and where daily posts are sent, and how each one is delivered."""
