#!/bin/sh
# Builds the image that machines start from: Debian with the programs that a cloud's image has. Debian
# stands for Ubuntu, which can't be had from every registry; both have apt, systemd and
# cloud-init. As in Ubuntu's image there is no pip.
#
# Usage: build.sh tree|disk FOLDER SETTINGS
#   tree: FOLDER/root is a file tree (root only)
#   disk: FOLDER/disk.qcow2, FOLDER/vmlinuz and FOLDER/initrd.img (root or user namespaces)
# SETTINGS is the folder with this computer's package sources, which sources.py writes.
set -eu

format=$1 folder=$2
SETTINGS=$3
here=$(cd "$(dirname "$0")" && pwd)
export SETTINGS

packages="systemd systemd-sysv dbus udev libpam-systemd openssh-server cloud-init sudo python3 \
nftables ca-certificates iproute2 netbase procps"

case $format in
tree)
    target=$folder/root
    ;;
disk)
    target=/dev/null
    packages="$packages linux-image-cloud-amd64 initramfs-tools qemu-guest-agent"
    ;;
*)
    echo "build.sh: tree or disk, not $format" >&2
    exit 2
    ;;
esac

# Without sources of its own mmdebstrap takes Debian's.
sources=
[ ! -s "$SETTINGS/sources.list" ] || sources=$SETTINGS/sources.list

set -- --quiet --variant=minbase --aptopt="$SETTINGS/apt.conf" \
    --include="$(echo "$packages" | tr ' ' ',')" \
    --customize-hook="$here/customise.sh"
if [ "$format" = disk ]; then
    export DISK_FOLDER="$folder"
    set -- "$@" --format=null --customize-hook="$here/make_disk.sh"
fi

mmdebstrap "$@" bookworm "$target" ${sources:+"$sources"}
