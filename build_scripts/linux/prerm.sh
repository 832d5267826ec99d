#!/bin/sh
# While the program is there: what is unsent is sent, and a letter is left for the case of a purge.
set -e
[ "$1" = remove ] || exit 0
@RUNNING@
@LEAVING@
[ ! -d /run/systemd/system ] || systemctl disable --quiet guichet-enrol.service || true
exit 0
