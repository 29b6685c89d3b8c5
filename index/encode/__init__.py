"""From films and free text to vectors.

`blocks` says what a vector is made of, `columns` and `texts` encode one block each, `content` puts the blocks
together. Works on Arrow batches of `index.films.summaries.FILM_SCHEMA`; it knows no
engine and no generation.
"""
