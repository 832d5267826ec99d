for link in /proc/[0-9]*/exe; do
    if [ "$(readlink "$link" 2>/dev/null)" = /usr/lib/guichet/guichet ]; then
        process="${link#/proc/}"
        echo "guichet: it is open on this PC (process ${process%/exe})." >&2
        echo "guichet: nothing was changed. Close it, then try again." >&2
        exit 1
    fi
done
