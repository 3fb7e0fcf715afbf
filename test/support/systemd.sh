#!/usr/bin/env bash
# A systemd of its own, as pid 1 of namespaces that nobody else sees: `systemd.sh CGROUP DISK`. The machine stays untouched: systemd
# writes to folders in memory, to those of DISK, which outlive a reboot, to a control group of its own, and to nothing else. SIGKILL
# ends all of it.
set -eu
mkdir "$1"
echo $$ >"$1/cgroup.procs"
exec unshare --mount --pid --fork --uts --ipc --cgroup --mount-proc --kill-child -- bash -ec '
  mount --make-rprivate /
  umount -R /sys/fs/cgroup || true
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  for folder in /var/lib /etc/systemd/system; do
    mkdir -p "$1$folder"
    mount --bind "$1$folder" $folder
  done
  for folder in /run /var/log /var/cache; do mount -t tmpfs -o mode=755 tmpfs $folder; done
  mkdir -p /run/lock /run/systemd/{system,journald.conf.d} /run/log/journal
  cd /run/systemd/system
  printf "[Journal]\nStorage=volatile\nReadKMsg=no\nAudit=no\nRateLimitBurst=0\n" >../journald.conf.d/test.conf
  cp /lib/systemd/system/systemd-journald.{service,socket} .
  sed -i "s/systemd-journald-\(dev-log\|audit\).socket//g" systemd-journald.service
  for target in sysinit basic shutdown umount local-fs local-fs-pre swap sockets timers paths multi-user network network-online; do
    printf "[Unit]\nDefaultDependencies=no\n" >$target.target
  done
  cp /lib/systemd/system/{reboot.target,final.target,systemd-reboot.service} .
  printf "[Unit]\nDefaultDependencies=no\nWants=systemd-journald.service multi-user.target\n" >test.target
  export container=test SYSTEMD_UNIT_PATH=/etc/systemd/system:/run/systemd/system
  exec /lib/systemd/systemd --system --unit=test.target --log-target=journal --show-status=no' boot "$2"
