/** What the jobs themselves have noted, one whole line each: `begin ID PID`, `helper-begin`, `helper-end`, `end`. */
export interface Note {
  readonly what: string;
  readonly job: string;
  readonly pid: number;
}

export class Ledger {
  readonly #notes: readonly Note[];

  constructor(text: string) {
    this.#notes = text
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const [what = '', job = '', pid] = line.split(' ');
        return { what, job, pid: Number(pid) };
      });
  }

  /** The jobs whose helper process is at work: they are in the middle. */
  get inTheMiddle(): readonly string[] {
    const ended = this.#jobs('helper-end');
    return this.#jobs('helper-begin').filter((job) => !ended.includes(job));
  }

  get done(): readonly string[] {
    return this.#jobs('end');
  }

  /** The processes that have done this job; empty: none yet. */
  workersOf(job: string): readonly number[] {
    return this.#notes.filter((note) => note.what === 'begin' && note.job === job).map(({ pid }) => pid);
  }

  /** Everything that must not be, once all is at rest. Each job has to be done once, from begin to end, by one process. */
  faults(jobs: readonly string[]): readonly string[] {
    return jobs.flatMap((job) => {
      const life = this.#notes.filter((note) => note.job === job);
      const [begun, ended] = ['begin', 'end'].map((what) => life.filter((note) => note.what === what));
      if (begun?.length === 0) return [`${job} is lost`];
      const words = life.map(({ what }) => what).join(' ');
      if (words !== 'begin helper-begin helper-end end') return [`${job}: ${words}`];
      return begun?.[0]?.pid === ended?.[0]?.pid ? [] : [`${job} was ended by somebody else`];
    });
  }

  #jobs(what: string): readonly string[] {
    return this.#notes.filter((note) => note.what === what).map(({ job }) => job);
  }
}
