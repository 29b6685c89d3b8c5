"""The pages for members and groups, by their module in `ui/views`: title, icon, name in the address."""

from __future__ import annotations

PAGES = {
    "for_you": ("For you", "recommend", "for-you"),
    "tonight": ("Tonight", "nightlife", "tonight"),
    "room": ("Group room", "groups", "room"),
    "history": ("History", "history", "history"),
    "insights": ("Insights", "insights", "insights"),
    "account": ("Account", "account_circle", "account"),
}
PATH = "path"
SIGN_IN = {"Sign in": "account"}
"""The link of pages that need a member."""
