"""Users, sessions, and the role that a route needs."""
