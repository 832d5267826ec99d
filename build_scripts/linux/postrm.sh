#!/bin/sh
# The data stay, unless they are purged and the server says that it has all of the seat's work. The
# letter that asks it was left by the program while it was there: address, proxy, message, and the
# authority's certificates.
set -e
[ "$1" = purge ] || exit 0
data=/var/lib/guichet
letter=$data/leave.letter

keep() {
    echo "guichet: $data is kept: $1" >&2
    echo "guichet: $2" >&2
    exit 0
}

again="Install guichet again and purge it when the server can be reached, or revoke the seat there."

rescue="Install guichet again, then: guichet rescue export FILE, at the server guichet-server rescue\
 import FILE, here guichet rescue set-aside; what that moved away can be removed."

clear_away() {
    find "$data" -mindepth 1 -maxdepth 1 ! -name 'set-aside-*' -exec rm -rf {} +
    rmdir "$data" 2>/dev/null ||
        keep "an earlier seat's work was set aside in it." \
            "Bring it to the server by guichet-server rescue import, then remove the folder."
    exit 0
}

post() {
    header="Guichet-Protocol: 1"
    kind="Content-Type: application/json"
    if command -v curl >/dev/null; then
        set -- curl -q --silent --proto =http,https --max-time 20 --header "$header" \
            --header "$kind" --data-binary "@$work/message" --output "$work/answer"
        [ ! -s "$work/authority" ] || set -- "$@" --cacert "$work/authority"
        "$@" -- "$address"
    elif command -v wget >/dev/null; then
        set -- timeout 20 wget --no-config --quiet --tries=1 --timeout=20 --max-redirect=0 \
            --content-on-error --header="$header" --header="$kind" \
            --post-file="$work/message" --output-document="$work/answer"
        [ ! -s "$work/authority" ] || set -- "$@" --ca-certificate="$work/authority"
        "$@" -- "$address"
    elif command -v python3 >/dev/null; then
        timeout 20 python3 -I - "$address" "$work" <<'PYTHON'
import os, ssl, sys, urllib.error, urllib.request

address, work = sys.argv[1:]
authority = os.path.join(work, "authority")
pinned = authority if os.path.getsize(authority) else None
headers = {"Guichet-Protocol": "1", "Content-Type": "application/json"}
with open(os.path.join(work, "message"), "rb") as file:
    request = urllib.request.Request(address, file.read(), headers)
context = ssl.create_default_context(cafile=pinned)
try:
    answer = urllib.request.urlopen(request, timeout=20, context=context)
except urllib.error.HTTPError as refused:
    answer = refused
except (OSError, ValueError):
    sys.exit(1)
with open(os.path.join(work, "answer"), "wb") as file:
    file.write(answer.read(65536))
PYTHON
    else
        keep "neither curl, wget nor python3 is here to tell the server." \
            "Install one of them, install guichet again and purge it, or revoke the seat."
    fi
}

[ -d "$data" ] || exit 0
[ -e "$data/work.db" ] || clear_away
[ ! -e "$data/blind.json" ] ||
    keep "this PC was shut out or has locked itself; its work may be nowhere else." "$rescue"
# Root's own: whoever may write the folder has no word in where root posts what
if [ ! -f "$letter" ] || [ -L "$letter" ] || [ ! -O "$letter" ]; then
    keep "it holds a seat, and maybe work that no server has." "$again"
fi
address=$(sed -n 1p "$letter")
[ "$address" != unenrolled ] || clear_away
umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sed -n 3p "$letter" >"$work/message"
sed -n '4,$p' "$letter" >"$work/authority"
proxy=$(sed -n 2p "$letter")
unset all_proxy ALL_PROXY HTTP_PROXY HTTPS_PROXY http_proxy https_proxy no_proxy NO_PROXY
[ -z "$proxy" ] || export http_proxy="$proxy" https_proxy="$proxy"
: >"$work/answer"
post || true
if ! grep -q '"outcome":"released"' "$work/answer"; then
    ! grep -q '"code":"revoked"' "$work/answer" || again=$rescue  # nothing lets it go any more
    said=$(sed -n 's/.*"message":"\([^"]*\)".*/\1/p' "$work/answer" | tr -d '\000-\037' | cut -c1-200)
    keep "${said:+the server says: }${said:-the server did not answer.}" "$again"
fi
echo "guichet: the server has let this PC go; $data is removed."
clear_away
