"""Every route for scripts, in the order in which a person reads of them."""

from __future__ import annotations

from qbitproxy.web.api import (
    account_table,
    add_routes,
    arr_event_routes,
    arr_routes,
    browse_routes,
    config_routes,
    doc_routes,
    events,
    list_routes,
    log_routes,
    notification_routes,
    orphan_routes,
    repair_routes,
    status_routes,
    torrent_routes,
    webhook_routes,
)
from qbitproxy.web.api.route import Route

ROUTES: tuple[Route, ...] = (
    *add_routes.ROUTES,
    *list_routes.ROUTES,
    *torrent_routes.ROUTES,
    *events.ROUTES,
    *browse_routes.ROUTES,
    *repair_routes.ROUTES,
    *orphan_routes.ROUTES,
    *arr_routes.ROUTES,
    *arr_event_routes.ROUTES,
    *config_routes.ROUTES,
    *notification_routes.ROUTES,
    *webhook_routes.ROUTES,
    *account_table.ROUTES,
    *log_routes.ROUTES,
    *doc_routes.ROUTES,
    *status_routes.ROUTES,
)
