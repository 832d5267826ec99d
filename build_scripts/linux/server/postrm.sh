#!/bin/sh
# A programme stays, whatever is purged: its keys and books may be nowhere else.
set -e
[ ! -d /run/systemd/system ] || systemctl daemon-reload
[ "$1" = purge ] || exit 0
rm -rf /etc/guichet-server
if [ -e /var/lib/guichet-server/keys ]; then
    echo "guichet-server: /var/lib/guichet-server is kept: it holds a programme and its keys." >&2
    echo "guichet-server: remove the folder, and the account guichet-server, yourself." >&2
    exit 0
fi
rm -rf /var/lib/guichet-server
if getent passwd guichet-server >/dev/null; then
    userdel guichet-server || true
fi
exit 0
