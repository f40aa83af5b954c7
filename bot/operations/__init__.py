"""For operators: the terminal, the demo, and the health check."""
