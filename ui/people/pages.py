"""The pages for members and groups, by their module in `ui/views`: title, icon, name in the address."""

from __future__ import annotations

from ui.models.state import FOR_YOU

PAGES = {
    "for_you": ("For you", "recommend", FOR_YOU),
    "tonight": ("Tonight", "nightlife", "tonight"),
    "room": ("Group room", "groups", "room"),
    "history": ("History", "history", "history"),
    "insights": ("Insights", "insights", "insights"),
    "account": ("Account", "account_circle", "account"),
}
PATH = "path"
SIGN_IN = {"Sign in": "account"}
"""The link of pages that need a member."""
