#!/bin/sh
# As prerm.sh. Here nothing is purged: the data stay, and what was unsent is with the server.
set -e
[ "$1" = 0 ] || exit 0
@RUNNING@
@LEAVING@
[ ! -d /run/systemd/system ] || systemctl disable --quiet guichet-enrol.service || true
exit 0
