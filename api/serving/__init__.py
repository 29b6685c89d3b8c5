"""What a process serves: the current generation, its edits, and the state of the database."""
