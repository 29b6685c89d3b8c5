"""Search engines: stored vectors, and exact, IVF/PQ and HNSW search over them."""
