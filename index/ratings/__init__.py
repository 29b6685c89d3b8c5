"""What people's ratings say of films: models, how they are judged, and what a generation keeps of them."""
