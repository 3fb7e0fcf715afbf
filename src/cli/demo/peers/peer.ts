/** Another program that can run the workers of the demo: what it reads, and what a user of it types. */

export type Argv = readonly [program: string, ...words: string[]];

export interface Setting {
  /** Of the demo; its last part is a name that nothing else has. */
  readonly folder: string;
  readonly jobMs: number;
  /** With the best settings that it has for these workers, instead of those that it has by default. */
  readonly isTuned: boolean;
  /** By which the processes of this demo are found. */
  readonly marks: Readonly<Record<string, string>>;
  readonly node: string;
}

/** Each in order; the first that fails is the last. */
export interface Commands {
  readonly start: readonly Argv[];
  readonly restart: readonly Argv[];
  /** By hand, after it has given up. */
  readonly startAgain: readonly Argv[];
  /** What its service manager runs after its death. */
  readonly revive: readonly Argv[];
  readonly stop: readonly Argv[];
  /** Ends all that it runs, and takes away what it has outside of the folder. */
  readonly end: readonly Argv[];
}

export interface Peer {
  readonly name: string;
  /** Commands that must be in PATH. */
  readonly programs: readonly string[];
  readonly install: string;
  /** What prints its version. */
  readonly version: Argv;
  /** What it reads: path and text. */
  readonly files: (setting: Setting) => readonly { readonly path: string; readonly text: string }[];
  readonly env: (setting: Setting) => Readonly<Record<string, string>>;
  readonly commands: (setting: Setting) => Commands;
  /** Where it writes its pid. null: nobody can kill it. */
  readonly pidFile: (setting: Setting) => string | null;
  readonly unkillable: string | null;
}

/** The patience of a stop that no job outlasts, in seconds. */
export const patienceS = ({ jobMs }: Setting): number => Math.ceil((2 * jobMs) / 1000) + 1;
