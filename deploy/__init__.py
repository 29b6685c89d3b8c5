"""Running Reelkin as a whole: the set-up of `.venv`, `make run`, the container image.

Starts the other programs as processes and imports none of our packages.
"""
