#!/bin/sh
# Makes a disk from the finished file tree, and puts the kernel for QEMU beside the disk.
# mmdebstrap calls it with the tree's folder, in the user namespace where root is its owner.
# No loop device is needed, so no root either. DISK_FOLDER is where the files go.
set -eu

root=$1
cp "$root"/boot/vmlinuz-* "$DISK_FOLDER/vmlinuz"
cp "$root"/boot/initrd.img-* "$DISK_FOLDER/initrd.img"

# A second mount of the tree shows it without the mounts of the build's programs.
tree=$DISK_FOLDER/tree
mkdir "$tree"
mount --bind "$root" "$tree"
mke2fs -q -t ext4 -L root -d "$tree" "$DISK_FOLDER/disk.raw" 8G
umount "$tree"
rmdir "$tree"
qemu-img convert -f raw -O qcow2 "$DISK_FOLDER/disk.raw" "$DISK_FOLDER/disk.qcow2"
rm "$DISK_FOLDER/disk.raw"
