/** The environment of a process: a pure function of our own, the list, and the run. */
import type { DaemonSpec, UserSpec } from '../../config/spec.ts';
import { markOf, type Made } from '../made.ts';

/** Variables that address us or describe us, and would make a daemon speak in our name. */
const OURS =
  /^(?:NOTIFY_SOCKET|WATCHDOG_.*|LISTEN_.*|FDSTORE|JOURNAL_STREAM|INVOCATION_ID|MAINPID(?:FDID)?|MANAGERPID(?:FDID)?|SYSTEMD_EXEC_PID|(?:STATE|RUNTIME|CACHE|LOGS|CONFIGURATION|CREDENTIALS)_DIRECTORY|MEMORY_PRESSURE_.*|SUPERVISE_.*)$/;

/** Its value is the state folder: it identifies the processes of a list, whoever their parent is by now. */
export const MARK = 'SUPERVISE_FOLDER';

/** What the process was made from. */
export const MADE = 'SUPERVISE_MADE';

export interface RunIdentity {
  readonly folder: string;
  readonly number: number;
  readonly run: number;
  readonly made: Made;
}

export function environmentOf(
  ours: Readonly<Record<string, string | undefined>>,
  spec: Pick<DaemonSpec, 'name' | 'instances' | 'env' | 'cwd' | 'user'>,
  { folder, number, run, made }: RunIdentity,
): Record<string, string> {
  return {
    ...inherited(ours),
    PWD: spec.cwd,
    ...(spec.user === null ? {} : identity(spec.user)),
    ...spec.env,
    SUPERVISE_NAME: spec.name,
    SUPERVISE_INSTANCE: String(number),
    SUPERVISE_INSTANCES: String(spec.instances),
    SUPERVISE_RUN: String(run),
    SUPERVISE_NOTIFY_FD: '3',
    [MARK]: folder,
    [MADE]: markOf(made),
  };
}

/** Ours, without the variables that address or describe us. */
export function inherited(ours: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(ours).flatMap(([key, value]) =>
      value === undefined || OURS.test(key) ? [] : [[key, value] as const],
    ),
  );
}

const identity = ({ name, uid, home, shell }: UserSpec): Record<string, string> => {
  const login = name ?? String(uid);
  return { HOME: home, USER: login, LOGNAME: login, SHELL: shell };
};
