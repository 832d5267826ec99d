#!/bin/sh
# As preinst.sh; that a newer one isn't replaced by an older is rpm's own rule.
set -e
@RUNNING@
exit 0
