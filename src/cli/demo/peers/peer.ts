/** Another program that can run the workers of the demo: what it reads, and what a user of it types. */

export type Argv = readonly [program: string, ...words: string[]];

export interface Setting {
  /** The demo's folder; its last part is a unique name. */
  readonly folder: string;
  readonly jobMs: number;
  /** With its best settings for these workers instead of its defaults. */
  readonly isTuned: boolean;
  /** Identifies the processes of this demo. */
  readonly marks: Readonly<Record<string, string>>;
  readonly node: string;
}

/** Run in order, up to the first that fails. */
export interface Commands {
  readonly start: readonly Argv[];
  readonly restart: readonly Argv[];
  /** By hand, after it has given up. */
  readonly startAgain: readonly Argv[];
  /** What its service manager runs after its death. */
  readonly revive: readonly Argv[];
  readonly stop: readonly Argv[];
  /** Ends everything that it runs, and removes what it has outside the folder. */
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
  /** Where it writes its pid. null: it cannot be killed. */
  readonly pidFile: (setting: Setting) => string | null;
  readonly unkillable: string | null;
}

/** A stop timeout, in seconds, longer than any job. */
export const patienceS = ({ jobMs }: Setting): number => Math.ceil((2 * jobMs) / 1000) + 1;
