# Does what its first argument says; the tests read what it prints and what it says on descriptor 3.
. "${0%/*}/../../../../sdk/shell/supervise.sh"

supervise_signals=USR2
runs=0
over=''

wait_for_go() {
    until [ -e "$GO" ]; do sleep 0.005; done
}

init() {
    mode=$1
    count=${2:-0}
    echo init
    if [ "$mode" = slow-init ]; then
        supervise_idle 0.001
        wait_for_go
    fi
    if [ "$mode" = bad-init ]; then
        echo 'no spool here' >&2
        return 1
    fi
    echo 'init end'
}

run() {
    runs=$((runs + 1))
    case $mode in
    work | bad-signal)
        echo "begin $runs"
        wait_for_go
        echo "end $runs"
        ;;
    idle | race | own-done)
        if [ "$mode" = race ]; then
            wait() {
                [ "$mode" = idle ] || kill -TERM $$
                mode=idle
                command wait "$@"
            }
        fi
        echo before
        supervise_idle 3600
        echo after
        ;;
    flood)
        supervise_stop
        ;;
    late)
        kill -TERM $$
        ;;
    error)
        if [ "$runs" = 2 ]; then
            echo 'the spool is gone' >&2
            return 5
        fi
        ;;
    exit)
        exit 75
        ;;
    set-e)
        set -e
        false
        echo 'not reached'
        ;;
    count)
        if [ "$runs" = "$count" ]; then supervise_stop; fi
        ;;
    talk)
        supervise_status 'two
lines'
        supervise_status "$(printf '%05000d' 0)"
        supervise_progress 1 3
        supervise_waiting database
        supervise_extend 2
        supervise_stop
        ;;
    helper)
        supervise_idle 0.001
        supervise_helper sh -c "$HELPER"
        supervise_stop
        ;;
    esac
}

shutdown() {
    echo shutdown
    if [ "$mode" = flood ]; then printf '%01000000d\n' 0 | tr 0 x; fi
    if [ "$mode" = error ]; then supervise_idle 0.001; fi
    if [ "$mode" = bad-shutdown ]; then
        echo 'cannot close' >&2
        return 1
    fi
}

is_done() {
    [ -n "$over" ] || [ "$mode" = bad-shutdown ] || supervise_is_done
}

on_signal() {
    echo "signal SIG$1"
    if [ "$mode" = bad-signal ]; then
        echo 'a bad handler' >&2
        return 1
    fi
    if [ "$mode" = own-done ]; then over=yes; else supervise_on_signal "$1"; fi
}

supervise_run "$@"
