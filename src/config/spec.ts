import type { Group } from './accounts.ts';
import type { Problem } from './problem.ts';
import type { Ulimits } from './ulimits.ts';

/** A list as the engine takes it: validated, defaults filled in, short forms expanded. Paths are absolute, links unresolved. */
export interface ListSpec {
  /** Identifies the list (docs/reference.md, Files): its `name:`, else derived from its path. Names the state folder. */
  readonly id: string;
  /** Absolute path of the list, as typed. */
  readonly file: string;
  readonly startRate: StartRate;
  /** What the environment allows for a stop of the whole list; null: as long as it takes. */
  readonly stopWithinMs: number | null;
  /** What the logs of all daemons may take together; null: only the limit of each daemon. */
  readonly maxTotalLogBytes: number | null;
  /** The group whose members may talk to the supervisor too; null: none. */
  readonly socketGroup: Group | null;
  /** In list order. */
  readonly daemons: readonly DaemonSpec[];
  /** What daemons share and the list does not run, in list order. */
  readonly resources: readonly ResourceSpec[];
  /** What to run, in the list's folder, when something is wrong; `argv[0]` is absolute, or a name for the PATH. null: nothing. */
  readonly onTrouble: readonly [string, ...string[]] | null;
  /** What is allowed but probably not meant; printed by `check` and `start`. */
  readonly warnings: readonly Problem[];
}

/** `null`: unlimited. Otherwise this many starts per second, after a burst of as many. */
export type StartRate = { readonly perSecond: number } | null;

export interface DaemonSpec extends ProcessSpec, CareSpec {}

/** What a process is made from: a change in it is a reason to replace the process. */
export interface ProcessSpec {
  readonly command: CommandSpec;
  /** Absolute; resolved anew at each start, so that a switched symlink is followed. */
  readonly cwd: string;
  /** What the list and the env files add to the inherited environment, including PYTHONUNBUFFERED=1 unless overridden. */
  readonly env: Readonly<Record<string, string>>;
  /** The user it runs as; null: the same as supervise itself. */
  readonly user: UserSpec | null;
  /** null: the same as supervise itself, here and in the next two. */
  readonly umask: number | null;
  readonly nice: number | null;
  readonly ulimit: Ulimits;
}

export interface UserSpec {
  /** null: a number without a name here, and so without groups of its own or a home. */
  readonly name: string | null;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

/** How a daemon is looked after: this also applies to living processes. */
export interface CareSpec {
  readonly name: string;
  readonly instances: number;
  readonly tags: readonly string[];
  readonly autostart: boolean;
  readonly dependsOn: readonly Dependency[];
  readonly ready: ReadySpec;
  readonly restart: RestartSpec;
  readonly stop: StopSpec;
  readonly leftovers: 'end' | 'wait' | 'ignore';
  readonly log: LogSpec;
  /** What it is restarted for when changed; null: nothing. */
  readonly watch: WatchSpec | null;
  /** When it is replaced. */
  readonly limits: LimitsSpec;
  /** The names of the resources that must be up before it starts. */
  readonly resources: readonly string[];
}

export type CommandSpec =
  /** `path` is absolute; the interpreter is found at each start from extension or shebang. */
  | { readonly kind: 'script'; readonly path: string; readonly args: readonly string[] }
  /** `argv[0]` is found in the daemon's PATH at each start (relative to cwd if it has a slash). */
  | { readonly kind: 'argv'; readonly argv: readonly [string, ...string[]] }
  /** Run by `/bin/sh -c`. */
  | { readonly kind: 'shell'; readonly line: string };

export interface Dependency {
  readonly daemon: string;
  readonly until: 'ready' | 'completed';
}

export type ReadySpec =
  /** Ready on READY=1 or after living this long, whichever comes first. */
  | { readonly by: 'time'; readonly afterMs: number }
  /** Ready on READY=1; not within `timeoutMs` is a crash. */
  | { readonly by: 'notify'; readonly timeoutMs: number };

export interface RestartSpec {
  readonly policy: 'always' | 'on-failure' | 'never';
  readonly delayMs: number;
  readonly factor: number;
  readonly maxDelayMs: number;
  /** 0..1: the gap is shortened by up to this share, drawn once. */
  readonly jitter: number;
  readonly resetAfterMs: number;
  /** `null`: unlimited. */
  readonly attempts: number | null;
  readonly successCodes: readonly number[];
  readonly fatalCodes: readonly number[];
}

export interface StopSpec {
  /** `null`: none is written, so the signal that we received is forwarded, and every other stop sends SIGTERM. */
  readonly signal: SignalName | null;
  readonly to: 'main' | 'group';
  /** `null`: unlimited. */
  readonly graceMs: number | null;
}

export type SignalName =
  | 'SIGTERM'
  | 'SIGINT'
  | 'SIGQUIT'
  | 'SIGHUP'
  | 'SIGUSR1'
  | 'SIGUSR2'
  | 'SIGWINCH'
  | 'SIGCONT'
  | 'SIGTSTP'
  | 'SIGABRT'
  | 'SIGALRM';

export interface LogSpec {
  /** `unsaid`: the list says nothing about its log. Then it is a file, or stdout as pid 1. */
  readonly to: 'file' | 'stdout' | 'unsaid';
  /** Absolute, or a bare name (no slash) in the logs folder of the state folder. */
  readonly file: string;
  readonly maxSizeBytes: number;
  /** How many rotated files are kept beside the current one: NAME.log.1 (newest) … NAME.log.N. */
  readonly maxFiles: number;
  readonly timestamps: boolean;
  /** Rotated files become NAME.log.1.gz … */
  readonly compress: boolean;
}

export interface WatchSpec {
  /** Files and folders, absolute; links are resolved, repeatedly, by the watcher. At least one. */
  readonly paths: readonly string[];
  /**
   * With `*` and `?`: names of files and folders at any depth, or (with a slash, absolute) whole paths. Everything below an ignored folder
   * is ignored.
   */
  readonly ignore: readonly string[];
  /** Changes count as one until nothing more has changed for this long. */
  readonly debounceMs: number;
}

/** null: no limit. */
export interface LimitsSpec {
  /** An iteration that takes longer is stuck: its process is replaced. */
  readonly iterationMs: number | null;
  /** The others: it is replaced at a boundary after this many iterations, above this session memory, or at this age. */
  readonly iterations: number | null;
  readonly memoryBytes: number | null;
  readonly ageMs: number | null;
}

/** Something that daemons share and the list does not run: up or down. */
export interface ResourceSpec {
  readonly name: string;
  readonly probe: ProbeSpec;
  /** How often it is probed while down. */
  readonly intervalMs: number;
  /** A probe that takes longer has failed. */
  readonly timeoutMs: number;
}

export type ProbeSpec =
  /** Up if it exits with 0. Run in the list's folder; `argv[0]` is absolute, or a name for the PATH. */
  | { readonly kind: 'exec'; readonly argv: readonly [string, ...string[]] }
  /** Up if a connection is accepted. */
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  /** Up if it answers with 2xx or 3xx. */
  | { readonly kind: 'http'; readonly url: string }
  /** Up if the path exists. Absolute. */
  | { readonly kind: 'file'; readonly path: string };
