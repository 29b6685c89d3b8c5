"""What a generation stores of every film next to its vectors: ids, summaries, names, columns to filter by."""
