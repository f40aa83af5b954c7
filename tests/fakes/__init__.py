"""Stand-ins that a test holds in its hand: a clock, a source of answers, stores in memory."""
