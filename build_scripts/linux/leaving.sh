if [ -e /var/lib/guichet/work.db ]; then
    code=0
    timeout 90 /usr/lib/guichet/guichet leave --prepare --data-folder /var/lib/guichet \
        </dev/null || code=$?
    # 75: another process has it open, which /proc didn't tell, and it has said so
    if [ "$code" = 75 ]; then
        echo "guichet: nothing was changed. Close it, then try again." >&2
        exit 1
    fi
    # 1: it has said why
    if [ "$code" -gt 1 ]; then
        echo "guichet: it could not look at its data any more (code $code); they stay." >&2
    fi
fi
