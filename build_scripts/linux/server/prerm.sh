#!/bin/sh
# A program that goes is stopped; one that is upgraded was stopped by the newer one's preinst.
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
    systemctl disable --now guichet-server.service || true
fi
exit 0
