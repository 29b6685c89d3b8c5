"""One migration per file, oldest first. A published migration is never edited."""
