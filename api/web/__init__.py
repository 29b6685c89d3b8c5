"""What all routes share: query strings, problem documents, OpenAPI, the answer cache, limits, metrics."""
