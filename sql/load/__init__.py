"""Loading a dump into the catalogue, and what a single film that is written by hand shares with that."""
