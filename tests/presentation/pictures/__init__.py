"""What pictures say and where, read from their SVG."""
