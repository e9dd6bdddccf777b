#!/bin/sh
# Finds or installs a Python that can run the set-up program (3.9 or newer), and prints its path:
# `bootstrap.sh PACKAGE_MANAGER PYTHON_PACKAGE`. The admin user runs this script. It installs a
# Python only if there is none.
set -eu

package_manager=$1 python_package=$2
lock_seconds=300 # a new machine updates itself for minutes
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

# apt-get waits for dpkg's lock only, so it is run again while the lists or archives are locked.
apt_get() {
    until output=$(sudo -n DEBIAN_FRONTEND=noninteractive LC_ALL=C \
        apt-get -o DPkg::Lock::Timeout="$lock_seconds" -qq "$@" 2>&1); do
        printf '%s\n' "$output"
        case $output in
        *"Could not get lock"* | *"Unable to lock"*) ;;
        *) return 1 ;;
        esac
        [ "$(date +%s)" -lt "$locked_until" ] || return 1
        sleep 3
    done
}

install_python() {
    case $package_manager in
    apt)
        locked_until=$(($(date +%s) + lock_seconds))
        apt_get update
        apt_get --yes install "$python_package"
        ;;
    zypper)
        # The system's own python3 stays as it is: the package's Python has another name.
        sudo -n ZYPP_LOCK_TIMEOUT="$lock_seconds" zypper --non-interactive --quiet refresh
        sudo -n ZYPP_LOCK_TIMEOUT="$lock_seconds" zypper --non-interactive --quiet \
            install --no-recommends "$python_package"
        ;;
    *)
        echo "This script does not support the package manager $package_manager."
        ;;
    esac
}

find_python && exit 0

# A status above 0 is no failure yet: zypper ends with 100 to 107 even after success. So the script
# searches for a Python again. Standard input is this script, which no package manager may read.
install_python >&2 </dev/null || echo "$package_manager ended with status $?" >&2

find_python || {
    echo "This machine has no Python 3.9 or newer, and none could be installed." >&2
    exit 1
}
