"""Vector spaces as the rest of the program sees them."""
