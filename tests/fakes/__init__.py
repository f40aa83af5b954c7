"""Fakes for tests in one process: a clock, a source of answers, stores in memory."""
