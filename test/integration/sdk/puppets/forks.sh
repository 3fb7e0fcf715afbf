# An iteration that does its work in a subshell. What it does is its first argument; the second is where it notes it.
. "${0%/*}/../../../../sdk/shell/supervise.sh"

runs=0

init() {
    mode=$1
    ledger=$2
}

note() { echo "$1" >>"$ledger"; }

run() {
    runs=$((runs + 1))
    note "begin $runs"
    case $mode in
    wait) # the subshell waits with the SDK, while this iteration is open
        (
            supervise_idle 0.01
            note waits
            until [ -e "$GO" ]; do supervise_idle 0.02; done
        ) &
        until grep -q waits "$ledger"; do sleep 0.01; done
        supervise_status 'at work'
        # Ends early at a signal.
        while kill -0 $! 2>/dev/null; do wait $! || :; done
        ;;
    returns)
        (note 'child done')
        note "child exit $?"
        supervise_stop
        ;;
    exits)
        child=0
        (exit 3) || child=$?
        note "child exit $child"
        supervise_stop
        ;;
    esac
    note "end $runs"
}

on_signal() {
    note "heard SIG$1"
    supervise_on_signal "$1"
}

shutdown() { note shutdown; }

supervise_run "$@"
