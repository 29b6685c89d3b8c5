"""How good an index is: agreement with judges, and what changed between two generations."""
