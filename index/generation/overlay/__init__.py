"""Films edited since a generation was built, searched exactly beside it.

    generation + edits -> segments -> one view, in which a film has one row that is alive

`segment` holds a few films in memory as a generation holds all of them on disk. `layers` and `spaces` lay the
rows of both end to end and look like the parts of one generation. `overlay` puts them together, and says what
every edit changes. Nothing is changed once it is made: an edit makes another overlay.
"""

from index.generation.overlay.overlay import Overlay

__all__ = ["Overlay"]
