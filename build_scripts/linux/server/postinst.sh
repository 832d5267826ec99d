#!/bin/sh
# An account of the server's own; its data and its settings are nobody else's to read.
set -e
if ! getent passwd guichet-server >/dev/null; then
    useradd --system --user-group --home-dir /var/lib/guichet-server --no-create-home \
        --shell /usr/sbin/nologin guichet-server
fi
if [ ! -e /var/lib/guichet-server ]; then
    mkdir -m 0700 /var/lib/guichet-server
    chown guichet-server:guichet-server /var/lib/guichet-server
fi
chown root:guichet-server /etc/guichet-server /etc/guichet-server/environment
chmod 0750 /etc/guichet-server
chmod 0640 /etc/guichet-server/environment
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    if systemctl is-enabled --quiet guichet-server.service; then
        systemctl start guichet-server.service || true
    fi
fi
exit 0
