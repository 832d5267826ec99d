#!/bin/sh
# Signs, packs and notarises the app: dmg.sh FOLDER VERSION, where FOLDER holds Guichet.app.
# GUICHET_SIGN_IDENTITY names a Developer ID in the keychain, GUICHET_NOTARY_PROFILE what
# `xcrun notarytool store-credentials` kept. Without either, it says so, and macOS will warn.
set -eu
folder="$1" version="$2"
app="$folder/Guichet.app"
image="$folder/guichet-$version.dmg"
[ -d "$app" ] || { echo "dmg: $app is not there; freeze the client first" >&2; exit 1; }

if [ -n "${GUICHET_SIGN_IDENTITY:-}" ]; then
    # The innermost first: a signature covers those inside it
    find "$app/Contents" -type f \( -name '*.so' -o -name '*.dylib' \) -exec \
        codesign --force --timestamp --options runtime --sign "$GUICHET_SIGN_IDENTITY" {} +
    codesign --force --deep --timestamp --options runtime \
        --entitlements "$(dirname "$0")/entitlements.plist" --sign "$GUICHET_SIGN_IDENTITY" "$app"
    codesign --verify --deep --strict "$app"
else
    echo "dmg: NOT SIGNED: $app: no certificate (GUICHET_SIGN_IDENTITY)" >&2
fi

rm -f "$image"
hdiutil create -volname Guichet -srcfolder "$app" -fs HFS+ -format UDZO -ov "$image"

if [ -n "${GUICHET_SIGN_IDENTITY:-}" ] && [ -n "${GUICHET_NOTARY_PROFILE:-}" ]; then
    codesign --timestamp --sign "$GUICHET_SIGN_IDENTITY" "$image"
    xcrun notarytool submit "$image" --keychain-profile "$GUICHET_NOTARY_PROFILE" --wait
    xcrun stapler staple "$image"
else
    echo "dmg: NOT NOTARISED: $image (GUICHET_NOTARY_PROFILE)" >&2
fi
echo "$image"
