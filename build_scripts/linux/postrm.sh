#!/bin/sh
# The data stay, unless they are purged; and then too where a seat recorded something here.
set -e
[ "$1" = purge ] || exit 0
if [ -e /var/lib/guichet/work.db ]; then
    echo "guichet: /var/lib/guichet is kept: it holds a seat, and maybe work that no server has." >&2
    echo "guichet: revoke the seat at the server, then remove the folder yourself." >&2
    exit 0
fi
rm -rf /var/lib/guichet
exit 0
