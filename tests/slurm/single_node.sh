#!/usr/bin/env bash
# A Slurm of one node for tests, all of it in one folder: root, no systemd, no cgroups.
#
#     tests/slurm/single_node.sh start FOLDER
#     export SLURM_CONF=FOLDER/slurm.conf PATH=FOLDER/bin:$PATH
#     tests/slurm/single_node.sh slurmd FOLDER    a slurmd that was killed, again
#     tests/slurm/single_node.sh stop FOLDER
#
# Needs Debian's slurm-wlm and munge (tried with Slurm 22.05). Two jobs run at a time.
set -euo pipefail
action=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
export SLURM_CONF=$folder/slurm.conf PATH=$PATH:/usr/sbin:/sbin
node=$(hostname -s)

wait_for() {
    for _ in $(seq 300); do
        if eval "$1" >/dev/null 2>&1; then return; fi
        sleep 0.1
    done
    echo "single_node.sh: timed out waiting for: $1" >&2
    tail -n 20 "$folder"/*.log >&2 || true
    return 1
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("", 0)); print(s.getsockname()[1])'
}

write_configuration() {
    cat >"$SLURM_CONF" <<CONF
ClusterName=test
SlurmctldHost=$node(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
CredType=cred/munge
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,batch_sched_delay=1,bf_interval=5
ReturnToService=2
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
KillWait=2
# two jobs at a time, whatever the number of cores, and no limit by the memory that is free
NodeName=$node NodeAddr=127.0.0.1 CPUs=2 RealMemory=64000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
    # slurmd refuses to serve more CPUs or memory than it finds, unless told not to look
    echo "SlurmdParameters=config_overrides" >>"$SLURM_CONF"
}

# The executor plugin clears every SLURM_* variable in a job, SLURM_CONF too: an srun that finds
# its way without it.
write_srun() {
    mkdir -p "$folder/bin"
    printf '#!/bin/sh\nSLURM_CONF=%s exec %s "$@"\n' "$SLURM_CONF" "$(command -v srun)" \
        >"$folder/bin/srun"
    chmod 755 "$folder/bin/srun"
}

start_munge() {
    chmod 755 "$folder"
    dd if=/dev/urandom of="$folder/munge.key" bs=1024 count=1 status=none
    chmod 400 "$folder/munge.key"
    munged --force --socket="$folder/munge.socket" --key-file="$folder/munge.key" \
        --pid-file="$folder/munged.pid" --log-file="$folder/munged.log" \
        --seed-file="$folder/munge.seed"
    wait_for "munge -n --socket=$folder/munge.socket"
}

start_slurmd() {
    slurmd -N "$node"
    wait_for "scontrol show slurmd"
    wait_for "sinfo -h -o %T | grep -qE '^(idle|mixed|allocated)$'"
}

end() { # a daemon by its pid file
    local pid
    pid=$(cat "$folder/$1.pid" 2>/dev/null) || return 0
    kill "$pid" 2>/dev/null || return 0
    for _ in $(seq 50); do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -9 "$pid" 2>/dev/null || true
}

case $action in
start)
    mkdir -p "$folder/state" "$folder/spool"
    write_configuration
    write_srun
    start_munge
    slurmctld
    wait_for "scontrol ping | grep -q UP"
    start_slurmd
    ;;
slurmd)
    start_slurmd
    ;;
stop)
    scancel --user=root 2>/dev/null || true
    for _ in $(seq 50); do
        if [ -z "$(squeue -h 2>/dev/null)" ]; then break; fi
        sleep 0.1
    done
    end slurmd
    end slurmctld
    end munged
    ;;
*)
    sed -n '2,9p' "$0" >&2
    exit 2
    ;;
esac
