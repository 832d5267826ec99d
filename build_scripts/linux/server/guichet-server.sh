#!/bin/sh
# The server's commands, as the account that it runs under, on the data that it serves.
program=/usr/lib/guichet-server/guichet-server
[ "$(id -u)" = 0 ] || exec "$program" "$@"
export GUICHET_DATA="${GUICHET_DATA:-/var/lib/guichet-server}"
if [ -r /etc/guichet-server/environment ]; then
    while IFS= read -r line || [ -n "$line" ]; do
        case "$line" in
            GUICHET_*=*) export "${line%%=*}=${line#*=}" ;;
        esac
    done </etc/guichet-server/environment
fi
SUDO_USER="${SUDO_USER:-root}"
export LOGNAME="$SUDO_USER"
umask 077
exec setpriv --reuid=guichet-server --regid=guichet-server --clear-groups -- "$program" "$@"
