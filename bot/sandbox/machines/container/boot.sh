#!/bin/sh
# Becomes one machine: in its own control group, in the sandbox's network namespace, and with
# its disk mounted in a namespace of its own, so that nothing stays when its processes end.
#
# Usage: boot.sh GROUPS NAMESPACE IMAGE FOLDER NAME [OPTION...]
#   GROUPS     folders of the control group, with spaces between them
#   NAMESPACE  file of the network namespace
#   IMAGE      file tree below the machine's disk
#   FOLDER     folder of the machine: upper/ holds its differences from the image
#   OPTION     further options of systemd-nspawn
set -eu

if [ "${1:-}" != inside ]; then
    for group in $1; do
        echo "$$" >"$group/cgroup.procs"
    done
    namespace=$2
    shift 2
    # Not ip-netns(8): it mounts a /sys of its own, without the control groups.
    exec nsenter --net="$namespace" unshare --mount --propagation private "$0" inside "$@"
fi

image=$2 folder=$3 name=$4
shift 4
mount -t overlay "machine-$name" \
    -o "lowerdir=$image,upperdir=$folder/upper,workdir=$folder/work" "$folder/root"
# systemd-nspawn's own locks and folders would stay in this computer's /run.
mkdir -p /run/systemd/nspawn
mount -t tmpfs -o mode=0755 nspawn /run/systemd/nspawn
exec systemd-nspawn --quiet --boot --register=no --keep-unit --settings=no \
    --directory="$folder/root" --machine="$name" --network-bridge=machines \
    --resolv-conf=off --timezone=off --link-journal=no --console=pipe "$@"
