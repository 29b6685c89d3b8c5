"""Films edited since a generation was built, searched exactly beside it.

    generation + edits -> segments -> one view, in which a film has one row that is alive

`segment` holds a few films in memory as a generation holds all of them on disk, and lays the rows of both end to
end. `overlay` does the same with the vector spaces, puts all together, and says what every edit changes. Nothing
is changed once it is made: an edit makes another overlay.
"""

from index.generation.overlay.overlay import Overlay

__all__ = ["Overlay"]
