"""What the app has for people who sign in, and for groups: the API's routes, the session, and the pages."""
