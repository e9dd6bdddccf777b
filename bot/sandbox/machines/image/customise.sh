#!/bin/sh
# The last step of an image, on the finished file tree: it adds this computer's package sources
# and certificates, and removes everything that two machines must not share.
# mmdebstrap calls it with the tree's folder; SETTINGS is as in build.sh.
set -eu

root=$1
here=$(cd "$(dirname "$0")" && pwd)

cp -R "$here/files/." "$root/"
cp -R "$SETTINGS/certificates/." "$root/usr/local/share/ca-certificates/"
chroot "$root" update-ca-certificates >/dev/null
cp "$SETTINGS/apt.conf" "$root/etc/apt/apt.conf.d/90-network"
cp "$SETTINGS/environment" "$root/etc/environment"
mkdir -p "$root/etc/systemd/system.conf.d"
cp "$SETTINGS/system.conf" "$root/etc/systemd/system.conf.d/network.conf"

chroot "$root" systemctl --quiet enable systemd-networkd.service ssh.service

rm -f "$root"/etc/ssh/ssh_host_* "$root/var/lib/dbus/machine-id"
: >"$root/etc/machine-id"
: >"$root/etc/resolv.conf"
: >"$root/etc/fstab"
printf '127.0.0.1 localhost\n::1 localhost\n' >"$root/etc/hosts"
chmod 0644 "$root/etc/resolv.conf" "$root/etc/hosts" "$root/etc/environment"
chmod 0440 "$root/etc/sudoers.d/90-network"
