/** Policies with the defaults of a list (docs/list.md) plus what a test changes. */
import type {
  DependencyPolicy,
  LimitsPolicy,
  Policy,
  RestartPolicy,
  StopPolicy,
} from '../../../src/supervisor/lifecycle/policy.ts';

type Changes = Partial<Omit<Policy, 'name' | 'restart' | 'stop' | 'dependsOn'>> & {
  readonly restart?: Partial<RestartPolicy>;
  readonly stop?: Partial<StopPolicy>;
  /** `{ db: 'ready' }` */
  readonly needs?: Readonly<Record<string, DependencyPolicy['until']>>;
};

export const NO_LIMITS: LimitsPolicy = { iterationMs: null, iterations: null, memoryBytes: null, ageMs: null };

export function policy(name: string, { restart, stop, needs = {}, ...rest }: Changes = {}): Policy {
  return {
    name,
    instances: 1,
    autostart: true,
    dependsOn: Object.entries(needs).map(([daemon, until]) => ({ daemon, until })),
    ready: { by: 'time', afterMs: 1_000 },
    leftovers: 'end',
    resources: [],
    limits: NO_LIMITS,
    ...rest,
    restart: {
      policy: 'always',
      delayMs: 1_000,
      factor: 2,
      maxDelayMs: 60_000,
      jitter: 0.2,
      resetAfterMs: 10_000,
      attempts: null,
      successCodes: [0],
      fatalCodes: [78, 125],
      ...restart,
    },
    stop: { signal: null, to: 'main', graceMs: 60_000, ...stop },
  };
}
