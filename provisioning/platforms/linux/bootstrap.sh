#!/bin/sh
# Print the path of a Python (3.9 or newer) for the set-up program; get one if there is none.
set -eu

find_python() {
    for name in python3 python3.13 python3.12 python3.11; do
        path=$(command -v "$name") || continue
        if "$path" -c 'import sys; sys.exit(sys.version_info < (3, 9))'; then
            printf '%s\n' "$path"
            return 0
        fi
    done
    return 1
}

find_python && exit 0

if command -v apt-get >/dev/null; then
    sudo -n env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 update -q >&2
    sudo -n env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 \
        install -y -q --no-install-recommends python3 >&2
elif command -v zypper >/dev/null; then
    sudo -n zypper --non-interactive install --no-recommends python311 >&2
fi

find_python || {
    echo "no Python 3.9 or newer, and no package manager that I know" >&2
    exit 1
}
