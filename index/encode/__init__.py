"""From films and free text to vectors.

`blocks` says what a vector is made of, `numbers` and `texts` encode one block each, `encoders` fits, saves and
loads them, `content` puts the blocks together. Works on Arrow batches of `index.films.store.FILM_SCHEMA`; knows no
engine and no generation.
"""
