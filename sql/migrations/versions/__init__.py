"""One file for each step of the tables, oldest first; a published step is never edited."""
