"""Films for several people: groups without accounts, and rooms that they share by a link."""
