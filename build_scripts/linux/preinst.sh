#!/bin/sh
# Before the files are unpacked: never an older program over a newer one's data, nor new files
# under a program that runs.
set -e
installed="${2:-}"
# Of one that was removed the data are still there
if { [ "$1" = upgrade ] || [ -e /var/lib/guichet/work.db ]; } &&
    [ -n "$installed" ] && dpkg --compare-versions "$installed" gt "@VERSION@"; then
    echo "guichet: the data here are of $installed, and @VERSION@ can't read them." >&2
    echo "guichet: nothing was changed. Install $installed or a newer one." >&2
    exit 1
fi
@RUNNING@
exit 0
