"""Films that were edited since a generation was built, searched exactly beside it.

    generation + edits -> segments -> one view, in which a row is alive in one place only

`segment` holds a few films in memory as a generation holds all of them on disk; `layers` lays the rows of both
end to end; `films`, `filters` and `space` look like the parts of one generation; `overlay` puts them together, and
says what becomes of them with every edit. Nothing here is changed once it is made: an edit makes another overlay.
"""

from index.generation.overlay.overlay import Overlay

__all__ = ["Overlay"]
