"""The cleaning rules, for one film and for whole tables."""
