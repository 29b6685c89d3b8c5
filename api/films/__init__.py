"""Films over HTTP: pages of the catalogue, one film, title search, genres, and writing films."""
