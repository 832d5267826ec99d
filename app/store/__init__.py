"""The seat's disk: work.db, the members file, the single writer. Opened by `app.store.seat`."""
