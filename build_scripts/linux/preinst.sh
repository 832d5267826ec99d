#!/bin/sh
# Before the files are unpacked: never an older program over a newer one's data, nor new files
# under a program that runs.
set -e
installed="${2:-}"
if [ "$1" = upgrade ] && dpkg --compare-versions "$installed" gt "@VERSION@"; then
    echo "guichet: $installed is installed, and @VERSION@ can't read what it recorded." >&2
    echo "guichet: nothing was changed. Install $installed or a newer one." >&2
    exit 1
fi
@RUNNING@
exit 0
