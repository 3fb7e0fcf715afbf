/** The guard of a detached supervisor: a shell that waits for it and starts it again when it dies (docs/detached.md). */
import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { EXIT } from '../base/exit-codes.ts';
import { MARK } from '../supervisor/world/environment.ts';
import { childrenOf } from '../supervisor/world/proc.ts';
import { GUARDED, TO_GUARD, troubleCode } from './trouble-code.ts';

/** Its value is the state folder. Only the guard has it in its environment and is found by it; its supervisor does not. */
export const GUARDS = 'SUPERVISE_GUARDS';
/** Where its supervisor finds the lock taken for it. */
const LOCK_FD = 'SUPERVISE_LOCK_FD';
/** The text below. In the environment, so that `ps` shows a readable line. */
const TEXT = 'SUPERVISE_GUARD_TEXT';
/** Set if the guard has re-executed itself in place. */
const AGAIN = 'SUPERVISE_GUARD_AGAIN';
const NAME = 'supervise-guard';

/**
 * The arguments are the command line of the supervisor, descriptor 3 is the lock passed to it. An end that is an answer (done, trouble,
 * list, taken, or by a signal that requests an end) is the guard's end too, with the same code. After a death it starts the supervisor
 * again: at once, since the daemons wait for a reader of their output; but after 1, 2, 4 … 60 s if it does not even live for two seconds.
 * (One that keeps dying later than that starts nothing by itself.)
 *
 * No signal ends the guard alone: it passes the signal on and keeps waiting. The supervisor leads its own session, so that what is sent to
 * the guard's group reaches it once.
 *
 * A shell that cannot fork ends (dash and busybox at once, bash after 15 s), just when a supervisor has died and must be started again. So
 * it re-executes itself in place, which takes no process.
 */
const SCRIPT = `
child= asked= pause=0 lived=$${AGAIN} told=$${AGAIN} guards=$${GUARDS} text=$${TEXT}
unset ${GUARDS} ${TEXT} ${AGAIN}; export ${GUARDED}=${TO_GUARD}
[ -n "$lived" ] || export ${LOCK_FD}=3

pass_on() { heard=1; [ -z "$child" ] || kill -s "$1" "$child" 2>/dev/null; }
for signal in TERM INT QUIT; do trap "asked=$signal; pass_on $signal" $signal; done
trap 'asked=TERM; pass_on TERM' PWR
trap 'pass_on HUP' HUP
# They mean nothing to us, and cut a wait short all the same. XFSZ: the file of our messages may grow no more; they are lost then.
# 16 is STKFLT, a name that dash does not know.
trap 'heard=1' USR1 USR2 ALRM PIPE XFSZ XCPU VTALRM PROF IO SYS 16

tell() { echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) guard (pid $$): $*"; } 2>/dev/null
seconds() { read -r up _ </proc/uptime; up=\${up%%.*}; }

# Sets $code. A trap cuts a wait short; whom the shell knows no more (127) it has waited for already.
await() {
  code=127 heard=1
  while [ -n "$heard" ]; do
    heard=
    wait "$1"; now=$?
    [ "$now" -eq 127 ] || code=$now
  done
}

# Somebody who asks for the end does not wait for the end of the pause.
nap() {
  sleep "$1" & napping=$!
  heard=1
  while [ -n "$heard" ] && [ -z "$asked" ]; do heard=; wait "$napping"; done
  if [ -n "$asked" ]; then kill "$napping" 2>/dev/null; await "$napping"; fi
}

leave() { trap - EXIT; exit "$1"; }
asked_to_end() {
  [ -z "$asked" ] || { echo "guard (pid $$): asked to end, so nothing is started again" 2>/dev/null; leave 143; }
}
begin_anew() {
  # After a fork that failed bash takes the next command for one that has failed, too.
  :
  asked_to_end
  # Who types the start waits for its answer.
  [ -n "$lived" ] || leave ${EXIT.trouble}
  [ -n "$told" ] || echo "guard (pid $$): the supervisor has died, and no process can be started; it is tried again and again" 2>/dev/null
  # Nor can a sleep be started.
  seconds; until=$((up + 2))
  while [ "$up" -lt "$until" ] && [ -z "$asked" ]; do seconds; done
  asked_to_end
  # A substitution that could not fork has left its pipe there.
  exec 3<&- 4<&-
  export ${GUARDS}="$guards" ${TEXT}="$text" ${AGAIN}=1
  exec /bin/sh -c 'eval "$${TEXT}"' ${NAME} "$@"
}
trap 'begin_anew "$@"' EXIT

while :; do
  seconds; begun=$up
  setsid "$@" &
  child=$! lived=1 told=
  exec 3<&-
  unset ${LOCK_FD}
  # It came when there was nobody yet to pass it on to.
  [ -z "$asked" ] || kill -s "$asked" "$child" 2>/dev/null
  await "$child"
  died=$child child=
  case $code in
    0|2|4|130|131|143) leave "$code" ;;
    # A 1 is what node says where the program is not there, or only half, as in the middle of its upgrade.
    ${TO_GUARD}) leave ${EXIT.trouble} ;;
  esac
  [ -z "$asked" ] || leave "$code"
  seconds
  if [ "$code" -eq 85 ] || [ "$((up - begun))" -ge 2 ]; then pause=0; fi
  tell "the supervisor (pid $died) has died ($code); it is started again in $pause s"
  [ "$pause" -eq 0 ] || nap "$pause"
  if [ -n "$asked" ]; then tell "asked to end, so it is not started again"; leave 143; fi
  pause=$((pause * 2 + (pause == 0)))
  [ "$pause" -le 60 ] || pause=60
done
`;

export interface GuardOrder {
  /** The state folder. */
  readonly folder: string;
  /** The supervisor's arguments after the program: `start --file …`. */
  readonly args: readonly string[];
  /** Descriptors: of the file for the messages of both, and of the lock, which only the supervisor keeps. */
  readonly messages: number | 'ignore';
  readonly lock: number;
}

/** Starts a guard in a session of its own. It ends with its supervisor, with the same exit code. */
export function spawnGuard({ folder, args, messages, lock }: GuardOrder): ChildProcess {
  const program = process.argv[1] ?? '';
  const command = [process.execPath, ...process.execArgv, program, ...args];
  // If a daemon of another list starts it, it would be taken for one of that daemon's processes.
  return spawn('/bin/sh', ['-c', `eval "$${TEXT}"`, NAME, ...command], {
    detached: true,
    env: { ...process.env, [MARK]: undefined, [GUARDS]: folder, [TEXT]: SCRIPT },
    stdio: ['ignore', messages, messages, lock],
  });
}

/** What a supervisor is told by its guard, or by the supervisor it replaces. */
export interface Told {
  /** Started by a guard, which starts it again when it dies. */
  readonly isGuarded: boolean;
  /** The exit code that means `trouble` to whatever waits for our end. */
  readonly trouble: number;
  /** The descriptor of the lock handed to it; null: it takes the lock itself. */
  readonly lock: number | null;
}

/** What is said, in its environment, to a supervisor that takes our place. */
export const handOnEnvironment = ({ isGuarded, trouble }: Told, lock: number): Readonly<Record<string, string>> => ({
  ...(isGuarded ? { [GUARDED]: String(trouble) } : {}),
  [LOCK_FD]: String(lock),
});

/** Meant for us alone, so it is removed from our environment. */
export function hearGuard(): Told {
  const { [GUARDED]: guarded, [LOCK_FD]: lock } = process.env;
  const trouble = troubleCode(process.env);
  Reflect.deleteProperty(process.env, GUARDED);
  Reflect.deleteProperty(process.env, LOCK_FD);
  return { isGuarded: guarded !== undefined, trouble, lock: lock === undefined ? null : Number(lock) };
}

/** Nothing starts this supervisor again any more: the guard that should is no longer our parent. */
export const guardHasGone = ({ isGuarded }: Told, folder: string): boolean =>
  isGuarded && !environmentOf(String(process.ppid)).split('\0').includes(`${GUARDS}=${folder}`);

/** The pid of the guard that a supervisor of one of these state folders has, dead or alive; null: there is none. */
export function guardOf(folders: readonly string[]): number | null {
  const marks = folders.map((folder) => `${GUARDS}=${folder}`);
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const lines = environmentOf(name).split('\0');
    if (marks.some((mark) => lines.includes(mark))) return Number(name);
  }
  return null;
}

/** The supervisor that this guard has started and waits for, possibly still on its way up; null: it has died, as far as we can see. */
export function startedBy(guard: number): number | null {
  const isSupervisor = (pid: number): boolean => readProc(pid, 'cmdline').split('\0').includes('start');
  return childrenOf(guard)?.find(isSupervisor) ?? null;
}

export const environmentOf = (pid: string): string => readProc(pid, 'environ');

/** Empty if the process is gone, or not accessible to us. */
function readProc(pid: string | number, file: 'cmdline' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
