#!/bin/sh
# Before the files are unpacked: never an older program over a database that a newer one upgraded,
# nor new files under a program that runs.
set -e
installed="${2:-}"
# Of one that was removed the data are still there
if { [ "$1" = upgrade ] || [ -e /var/lib/guichet-server/server.json ]; } &&
    [ -n "$installed" ] && dpkg --compare-versions "$installed" gt "@VERSION@"; then
    echo "guichet-server: the data here are of $installed, and @VERSION@ can't read them." >&2
    echo "guichet-server: nothing was changed. Install $installed or a newer one." >&2
    exit 1
fi
[ ! -d /run/systemd/system ] || systemctl stop guichet-server.service 2>/dev/null || true
for link in /proc/[0-9]*/exe; do
    if [ "$(readlink "$link" 2>/dev/null)" = /usr/lib/guichet-server/guichet-server ]; then
        process="${link#/proc/}"
        echo "guichet-server: it is running (process ${process%/exe})." >&2
        echo "guichet-server: nothing was changed. Stop it, then install again." >&2
        exit 1
    fi
done
exit 0
