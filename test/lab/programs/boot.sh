#!/bin/bash
# Starts systemd as the first process of a machine of its own: its own processes, network, cgroups and name, on a view of this machine's
# files that forgets what is written. All of it ends with this program.
# usage: boot.sh FOLDER NAME ADDRESS     FOLDER is empty; ADDRESS, with its prefix length, is the one of its NIC eth0
set -euo pipefail
if [ "$1" != inside ]; then
  exec setpriv --pdeathsig KILL unshare --mount --propagation private "$0" inside "$@"
elif [ "$2" != booted ]; then
  mount -t tmpfs tmpfs "$2"
  mkdir "$2"/{upper,work,root,cgroups}
  mount -t cgroup2 cgroup2 "$2/cgroups"
  mkdir "$2/cgroups/$3-$$"
  echo $$ >"$2/cgroups/$3-$$/cgroup.procs"
  exec unshare --cgroup --net --uts --ipc --mount --pid --fork --kill-child "$0" inside booted "${@:2}"
fi
folder=$3 name=$4 address=$5 root=$3/root
mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for each in null zero full random urandom tty; do
  touch "$root/dev/$each"
  mount --bind "/dev/$each" "$root/dev/$each"
done
mkdir "$root/dev/shm" "$root/dev/pts"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
echo "$name" >"$root/etc/hostname"
# Where this machine keeps services from starting when packages are installed.
rm -f "$root/usr/sbin/policy-rc.d"
printf '[Unit]\nDescription=Nothing but what is asked for\nDefaultDependencies=no\n' >"$root/etc/systemd/system/lab.target"
ip link set lo up
ip link add eth0 type veth peer name cable
ip address add "$address" dev eth0
ip link set eth0 up
ip link set cable up
mkdir -p "$root/mnt"
cd "$root"
pivot_root . mnt
umount -l /mnt
exec env -i container=lab PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --unit=lab.target
