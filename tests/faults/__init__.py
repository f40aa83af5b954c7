"""Faults that hit daily posts, injected into the real process: crashes, lost answers, wrong clocks, old backups."""
