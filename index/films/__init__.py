"""What a generation stores for every film in addition to its vectors: ids, summaries, names, columns to filter by."""
