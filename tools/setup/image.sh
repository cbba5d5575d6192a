#!/usr/bin/env bash
# While an image is built: image.sh SET... installs these sets of packages.txt.
set -uo pipefail
[ $# -gt 0 ] || exit 0
LAB_ROOT=$(cd "$(dirname "$0")/../.." && pwd -P)
LAB_HOME=$(mktemp -d)
mkdir "$LAB_HOME/log"
# shellcheck source=tools/setup/say.sh
. "$LAB_ROOT/tools/setup/say.sh"
# shellcheck source=tools/setup/packages.sh
. "$LAB_ROOT/tools/setup/packages.sh"

step "Reading Debian's package lists" apt_update || exit
install_packages "$@"
[ -z "$(missing_rows "$@")" ] || fail "apt knows no package for: $(missing_rows "$@")"
rm -rf "$LAB_HOME" /var/lib/apt/lists/*
