"""How the columns of a file are read: decided from what most of its rows show, or set by hand.

A reading turns the values of a raw column into the spelling of the v11 dump, which `etl.transform` cleans. The
columns of a v11 dump need none and are passed on as they are.
"""
