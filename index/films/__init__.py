"""What a generation knows of every film besides its vectors: ids, summaries, names, columns to filter by."""
