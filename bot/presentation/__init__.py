"""Numbers out: how a board looks, as plain functions from values to values."""
