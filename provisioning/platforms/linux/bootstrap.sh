#!/bin/sh
# Makes sure that the machine has a Python which can run the set-up program (3.9 or newer),
# and prints its path. Run as the admin user; installs only where there is none.
set -eu

new_enough='import sys; sys.exit(sys.version_info < (3, 9))'

find_python() {
    for name in python3 python3.14 python3.13 python3.12 python3.11 python3.10 python3.9; do
        path=$(command -v "$name") || continue
        if "$path" -I -c "$new_enough" 2>/dev/null; then
            printf '%s\n' "$path"
            return 0
        fi
    done
    return 1
}

find_python && exit 0

if command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    sudo -n apt-get -o DPkg::Lock::Timeout=300 -qq update >&2
    sudo -n apt-get -o DPkg::Lock::Timeout=300 -qqy install python3 >&2
fi

find_python || {
    echo "There is no Python 3.9 or newer on this machine, and none could be installed." >&2
    exit 1
}
