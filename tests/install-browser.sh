#!/bin/sh
# A Chromium for the browser tests, through the system's package manager, where none is installed yet.
set -eu
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
as_root=""
if [ "$(id -u)" -ne 0 ]; then as_root="sudo"; fi
if command -v apt-get >/dev/null 2>&1; then
    $as_root apt-get update -qq
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium
elif command -v dnf >/dev/null 2>&1; then
    $as_root dnf install -y -q chromium
elif command -v pacman >/dev/null 2>&1; then
    $as_root pacman -S --noconfirm --quiet chromium
elif command -v brew >/dev/null 2>&1; then
    brew install --quiet --cask chromium
else
    echo "The browser tests need Chromium: install it and run make test again." >&2
    exit 2
fi
