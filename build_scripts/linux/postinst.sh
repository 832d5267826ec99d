#!/bin/sh
# One seat for whichever accounts of this PC are in the group guichet.
set -e
getent group guichet >/dev/null || groupadd --system guichet
if [ ! -e /var/lib/guichet ]; then
    mkdir -m 2770 /var/lib/guichet
    chgrp guichet /var/lib/guichet
    chmod 2770 /var/lib/guichet
fi
[ ! -d /run/systemd/system ] || systemctl daemon-reload || true
if [ -d /run/udev ] && command -v udevadm >/dev/null; then
    udevadm control --reload || true
    udevadm trigger --subsystem-match=input --subsystem-match=tty || true
fi
exit 0
