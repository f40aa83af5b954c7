"""What may go wrong with a daily post, done to the real process: crashes, lost answers, wrong clocks, old backups."""
