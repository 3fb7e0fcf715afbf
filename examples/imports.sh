#!/bin/sh
# Imports, in shell. Alone: `sh examples/imports.sh` (Ctrl-C finishes the import it is at).
. "${0%/*}/../sdk/shell/supervise.sh"

imports=0

init() {
    spool=${SPOOL:-spool}/imports
    worker=${SUPERVISE_NAME:-alone}-${SUPERVISE_INSTANCE:-1}
    mine=$spool/work/$worker
    mkdir -p "$spool/new" "$spool/out" "$spool/done" "$mine" || return
    # What lies here now was cut: by a power loss, a SIGKILL. This slot never runs twice at once, so nobody else is at it.
    for file in "$mine"/*; do
        [ ! -e "$file" ] || mv "$file" "$spool/new/" || return
    done
}

# One iteration. Its last command says whether it went well, so every step that may fail ends it: `|| return`.
run() {
    if ! take; then
        supervise_status 'waiting for imports'
        supervise_idle 0.5 # a wait for work: a stop ends it at once
        return 0
    fi

    # From here to the ledger nothing may be cut, and nothing is: a stop waits until run is over.
    supervise_status "importing $id"
    size=$(wc -c <"$mine/$id") || return
    half=$(head -c "$((size / 2))" "$mine/$id" | sha256sum) || return
    echo "half ${half%% *}" >"$spool/out/$id" || return
    supervise_helper sleep 0.2 # stands for psql; a helper started so survives Ctrl-C in the terminal
    whole=$(sha256sum <"$mine/$id") || return
    echo "whole ${whole%% *}" >>"$spool/out/$id" || return
    mv "$mine/$id" "$spool/done/$id" || return
    echo "$id $worker" >>"$spool/ledger" || return

    imports=$((imports + 1))
    echo "imported $id, $((size)) bytes"
}

shutdown() {
    echo "$imports imports done, at a boundary: nothing is half done"
}

# Takes the oldest job by rename, so that of several workers exactly one has it.
take() {
    for file in "$spool/new"/*; do
        id=${file##*/}
        if [ -e "$file" ] && mv "$file" "$mine/$id" 2>/dev/null; then return 0; fi # else another worker has it
    done
    return 1
}

supervise_run "$@"
