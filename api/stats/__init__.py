"""Statistics over HTTP: counts and distributions for the charts."""
