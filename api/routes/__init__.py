"""One module a group of addresses. A route takes validated parameters and returns what its service answers."""
