"""What the processes of one API share, for the command that starts them, which does without all that they need."""

from __future__ import annotations

SHARED = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which prometheus_client finds the folder that workers share."""
