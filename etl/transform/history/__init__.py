"""A person's history as other services give it out: read, matched with the catalogue, and stored.

`archive` opens a file that anybody may have made, `formats` knows the services' files, `letterboxd` ... `own` read
one service each, `importing` finds the films and stores what is said of them.
"""
