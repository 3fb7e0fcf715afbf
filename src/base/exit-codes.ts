/** The exit codes of every command, in one place. */
export const EXIT = {
  done: 0,
  /** Done, but an iteration was cut, or a daemon failed or did not come up. */
  trouble: 1,
  /** The command line or the list is wrong; nothing was changed. */
  usage: 2,
  /** No supervisor is running. */
  nobody: 3,
  /** Another supervisor has this list. */
  taken: 4,
  /** A bug of ours. */
  bug: 70,
  /** The supervisor makes room for its new version. */
  upgrade: 85,
  /** Ended by a second SIGINT. */
  interrupted: 130,
  /** Ended by a second SIGTERM. */
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
