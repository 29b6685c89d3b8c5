"""From films and free text to vectors: blocks, their encoders, and the content vector made of them."""
