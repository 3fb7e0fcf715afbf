# shellcheck shell=sh
# The SDK of `supervise` for daemons in POSIX sh (dash, bash, busybox): source it, define run, call supervise_run.
#
#     . ./supervise.sh
#     run() { ...; }            # one iteration: take a job, do it. Nonzero is an error: the daemon ends with 1
#     supervise_run "$@"
#
# You may also define
#     init ARGS...              # once, before the first iteration
#     shutdown                  # once, after the last iteration, even if run failed
#     is_done                   # ends the loop when it succeeds; default: supervise_is_done
#     on_signal NAME            # TERM, INT and those in $supervise_signals; default: supervise_on_signal, which ends the loop
# and use in them
#     supervise_idle SECONDS    # waits for work; a stop ends it at once
#     supervise_stop            # ends the loop after this iteration
#     supervise_helper CMD...   # runs a command without our descriptor, ignoring Ctrl-C
#     supervise_status TEXT, supervise_progress DONE TOTAL, supervise_waiting RESOURCE, supervise_extend SECONDS
#
# A stop never cuts run: the shell lets the current command end before it handles the signal. It runs the same without the
# supervisor, but there Ctrl-C reaches every command of the terminal: start long ones with supervise_helper.
# Lines that may fail are written for scripts with `set -eu`. Names beginning with _supervise_ are ours.

supervise_signals=${supervise_signals:-}

_supervise_nl='
'
_supervise_stage=new _supervise_stopped='' _supervise_sleeper='' _supervise_heard=''
_supervise_count=0 _supervise_told=0 _supervise_told_at=''

# Sets $_supervise_me to the present process: in a subshell $$ is its parent's, and only bash has BASHPID. A glob finds it
# without starting a process. Empty if it finds nothing: with `set -f`, without /proc.
_supervise_look_at_me() {
    for _supervise_me in /proc/self/task/*; do :; done
    case $_supervise_me in *'*') _supervise_me='' ;; esac
}
_supervise_look_at_me
_supervise_owner=$_supervise_me

# The boundary protocol: the descriptor SUPERVISE_NOTIFY_FD; without a usable one every report is silently lost. Commands
# that run starts inherit it (sh has no close-on-exec; `cmd 3>&-` or supervise_helper closes it), but not its number: they
# must not speak for us. One digit only: dash knows no others.
_supervise_fd=''
_supervise_introduced=''
case ${SUPERVISE_NOTIFY_FD:-} in
[3-9])
    # Behind some wrappers that number is another file.
    if [ -p "/dev/fd/$SUPERVISE_NOTIFY_FD" ]; then
        _supervise_fd=$SUPERVISE_NOTIFY_FD
    fi
    ;;
esac
unset SUPERVISE_NOTIFY_FD

# Runs the daemon to its end and ends the process. 0, or 1 after an error in init, run or shutdown; `exit N` in them is N.
supervise_run() {
    for _supervise_name in TERM INT $supervise_signals; do
        # shellcheck disable=SC2064 # the name of now is meant
        trap "_supervise_deliver $_supervise_name" "$_supervise_name"
    done
    trap '_supervise_exited "$?"' EXIT # `exit` in run, and set -e
    [ -z "${BASH_VERSION:-}" ] || _supervise_die_silently
    _supervise_has_init=$(_supervise_defined init)
    _supervise_has_shutdown=$(_supervise_defined shutdown)
    _supervise_has_is_done=$(_supervise_defined is_done)
    _supervise_has_on_signal=$(_supervise_defined on_signal)

    _supervise_stage=init
    if [ -n "$_supervise_has_init" ]; then
        init "$@"
        _supervise_check init "$?" || _supervise_leave 1
    fi
    _supervise_say READY 1 || :

    _supervise_stage=run
    until _supervise_over; do
        _supervise_busy
        run
        _supervise_check run "$?" || _supervise_leave 1
        _supervise_iteration_done
    done
    _supervise_leave 0
}

# Waits this many seconds for work, or until a stop is requested. No signal can slip in between check and wait: its trap
# ends the sleep. With SIGKILL, since a child still before its exec would handle any other signal as we do.
supervise_idle() {
    ! _supervise_over || return 0
    if [ "$_supervise_stage" = run ]; then _supervise_idle; fi # in init and in shutdown no iteration is open
    if [ -n "$_supervise_fd" ]; then
        eval "sleep \"\$1\" $_supervise_fd>&- &"
    else
        sleep "$1" &
    fi
    _supervise_sleeper=$!
    until _supervise_over; do
        _supervise_waited=0
        wait "$_supervise_sleeper" 2>/dev/null || _supervise_waited=$?
        [ "$_supervise_waited" -gt 128 ] || break # above: a signal that is no stop request, or our trap has ended the sleep
    done
    if _supervise_over; then
        kill -KILL "$_supervise_sleeper" 2>/dev/null || :
        wait "$_supervise_sleeper" 2>/dev/null || :
    fi
    _supervise_sleeper=''
    if [ "$_supervise_stage" = run ]; then _supervise_busy; fi
}

supervise_stop() { _supervise_stopped=yes; }
supervise_is_done() { [ -n "$_supervise_stopped" ]; }
supervise_on_signal() {
    case $1 in TERM | INT) supervise_stop ;; esac
}

# Ctrl-C in a terminal goes to every foreground process. (Under `supervise` a daemon has a session of its own.)
supervise_helper() {
    (
        trap '' INT
        [ -z "$_supervise_fd" ] || eval "exec $_supervise_fd>&-"
        exec "$@"
    )
}

supervise_status() { _supervise_say STATUS "$*" || :; }
supervise_progress() { _supervise_say PROGRESS "$1/$2" || :; }
# Call it, then fail: the restart waits for the resource, and it is no crash.
supervise_waiting() { _supervise_say WAITING "$1" || :; }
supervise_extend() { _supervise_say EXTEND_TIMEOUT_USEC "${1}000000" || :; }

# Prints something if $1 is a function. `init` and `shutdown` are also programs, and those must not be run.
_supervise_defined() {
    if [ "$(command -v "$1")" = "$1" ]; then echo yes; fi
}

_supervise_over() {
    if [ -n "$_supervise_has_is_done" ]; then is_done; else supervise_is_done; fi
}

_supervise_deliver() {
    if [ -n "$_supervise_has_on_signal" ]; then
        on_signal "$1" || {
            echo "on_signal $1 failed (status $?)" >&2
            supervise_on_signal "$1"
        }
    else
        supervise_on_signal "$1"
    fi
    if [ -n "$_supervise_sleeper" ] && _supervise_over; then kill -KILL "$_supervise_sleeper" 2>/dev/null || :; fi
}

_supervise_check() {
    [ "$2" -eq 0 ] || {
        echo "$1 failed (status $2)" >&2
        return 1
    }
}

_supervise_exited() {
    [ "$_supervise_stage" != over ] || return 0
    _supervise_check "$_supervise_stage" "$1" || :
    _supervise_leave "$1"
}

# Bash also runs the EXIT trap for an unhandled signal, and $? does not show it: a cut iteration would be reported as a
# boundary. Other shells just die, and so do we. The daemon's own traps stay.
_supervise_die_silently() {
    for _supervise_name in HUP USR1 USR2 ALRM VTALRM XCPU XFSZ; do
        # shellcheck disable=SC2064,SC3047 # the name of now is meant; this is bash
        [ -n "$(trap -p "$_supervise_name")" ] || trap "trap - EXIT $_supervise_name; kill -$_supervise_name $$" "$_supervise_name"
    done
}

# The end, whatever its cause: the loop, an error, or `exit` within init, run or shutdown.
_supervise_leave() {
    _supervise_code=$1
    if [ "$_supervise_stage" = run ]; then
        _supervise_stage=shutdown
        _supervise_idle # no iteration is open any more, done or failed
        _supervise_say STOPPING 1 || :
        if [ -n "$_supervise_has_shutdown" ]; then
            shutdown
            _supervise_check shutdown "$?" || _supervise_code=1
        fi
    fi
    _supervise_say EXIT_STATUS "$_supervise_code" || :
    _supervise_stage=over
    exit "$_supervise_code"
}

# A wait in a subshell, `( ... ) &` or `... | while read -r`, says nothing about the iteration, whose other commands go on.
_supervise_is_in_loop() {
    [ -n "$_supervise_owner" ] || return 0
    _supervise_look_at_me
    [ "${_supervise_me:-"$_supervise_owner"}" = "$_supervise_owner" ]
}

# A lost word leaves the last one unchanged, so that the next one repeats it.
_supervise_idle() {
    _supervise_is_in_loop || return 0
    _supervise_tell
    if [ "$_supervise_heard" != IDLE ] && _supervise_say IDLE 1; then _supervise_heard=IDLE; fi
}

_supervise_busy() {
    _supervise_is_in_loop || return 0
    if [ "$_supervise_heard" != BUSY ] && _supervise_say BUSY 1; then _supervise_heard=BUSY; fi
}

# ITERATION is sent at most ten times a second. The clock needs no process; without it, it is sent every time.
_supervise_iteration_done() {
    _supervise_count=$((_supervise_count + 1))
    [ -n "$_supervise_fd" ] || return 0
    if _supervise_clock && [ -n "$_supervise_told_at" ] && [ $((_supervise_now - _supervise_told_at)) -lt 10 ]; then
        return 0
    fi
    _supervise_tell
}

# Sends the number of iterations done, if the rate limit has held it back.
_supervise_tell() {
    if [ "$_supervise_told" -ne "$_supervise_count" ] && _supervise_say ITERATION "$_supervise_count"; then
        _supervise_heard=ITERATION _supervise_told=$_supervise_count _supervise_told_at=''
        if _supervise_clock; then _supervise_told_at=$_supervise_now; fi
    fi
}

# Hundredths of a second since boot.
_supervise_clock() {
    read -r _supervise_up _supervise_rest 2>/dev/null </proc/uptime || return 1
    _supervise_now=$((${_supervise_up%.*} * 100 + 1${_supervise_up#*.} - 100))
}

# One write per line: bash writes at most 1008 bytes at once, so longer texts are cut. False if it was lost: no reader, or a
# full pipe that nothing reads. PIPE is ignored for this one write only, or commands of run would inherit that.
_supervise_say() {
    [ -n "$_supervise_fd" ] || return 1
    # It tells apart two processes that report behind one wrapper; neither is believed then.
    if [ -z "$_supervise_introduced" ]; then
        _supervise_pid=${_supervise_owner##*/}
        _supervise_write SPEAKER "${_supervise_pid:-$$}" || return 1
        _supervise_introduced=yes
    fi
    _supervise_write "$1" "$2"
}

_supervise_write() {
    _supervise_text=$2
    while :; do
        case $_supervise_text in
        *"$_supervise_nl"*) _supervise_text="${_supervise_text%%"$_supervise_nl"*} ${_supervise_text#*"$_supervise_nl"}" ;;
        *) break ;;
        esac
    done
    _supervise_lost=0
    trap '' PIPE
    LC_ALL=C printf '%s=%.900s\n' "$1" "$_supervise_text" 2>/dev/null >&"$_supervise_fd" || _supervise_lost=1
    trap - PIPE
    return "$_supervise_lost"
}
