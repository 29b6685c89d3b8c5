"""Loading a dump: one load is one atomic change of the catalogue."""
