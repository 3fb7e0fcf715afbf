import { LEAST_WITHIN_MS } from '../base/duration.ts';
import { fail, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { nearest } from '../base/suggest.ts';
import type { Dropped, LogsEnd, RestartHow, Whom } from './api.ts';
import type {
  ChangeView,
  DeedView,
  EventView,
  LineView,
  PlanView,
  ReloadView,
  StatusView,
  VersionView,
  WhyView,
} from './view.ts';
import { isRecord } from './wire.ts';

/** One parameter of a method. */
export interface Param<T> {
  readonly doc: string;
  /** Completes "must be ...". */
  readonly expects: string;
  readonly accepts: (value: unknown) => value is T;
  /** Used if a request leaves it out; without it the parameter is required. */
  readonly fallback?: T;
}

interface MethodRow {
  readonly doc: string;
  readonly params: Readonly<Record<string, Param<unknown>>>;
  /** Sends items before its reply. */
  readonly streams: boolean;
}

const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';
const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= 1000;
const isNames = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length <= 10_000 && value.every((name) => isText(name) && name !== '');
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
/** Of an instance that was seen, further properties are ignored. */
const isWhom = (value: unknown): value is Whom => {
  if (!isRecord(value)) return isText(value) && value !== '';
  const { id, pid, wanted } = value;
  return (
    isText(id) && id !== '' && (pid === null || (isCount(pid) && pid > 0)) && (wanted === 'up' || wanted === 'down')
  );
};
const isWhoms = (value: unknown): value is readonly Whom[] =>
  Array.isArray(value) && value.length <= 10_000 && value.every(isWhom);
const isStream = (value: unknown): value is 'out' | 'err' => value === 'out' || value === 'err';
const isRestartHow = (value: unknown): value is RestartHow =>
  value === 'scout' || value === 'one-by-one' || value === 'all-at-once';
const isTime = (value: unknown): value is string =>
  isText(value) && /^\d{4}-\d\d-\d\dT/.test(value) && !Number.isNaN(Date.parse(value));

/** A parameter for which null means "none", as if left out. */
const orNull = <T>(accepts: (value: unknown) => value is T) => ({
  accepts: (value: unknown): value is T | null => value === null || accepts(value),
  fallback: null,
});

const yesOrNo = (doc: string, fallback: boolean) => ({ doc, expects: 'true or false', accepts: isBoolean, fallback });

/** The targets of a deed must be spelled out, so that a slip never stops everything. */
const whom = {
  doc: 'whom: `photos`, `photos:2`, `@media`, `pho*`; `[]` means all',
  expects: 'a list of names, such as ["photos", "@media"]; [] means all',
  accepts: isNames,
};
const done = {
  doc: `${whom.doc}; or an instance as it was seen, with its \`id\`, \`pid\` and \`wanted\` of \`status\`: it is left alone where it is another one by now, and never taken for the name of a daemon`,
  expects: 'a list of names, such as ["photos", "@media"], or of { id, pid, wanted }; [] means all',
  accepts: isWhoms,
};
const which = { ...whom, fallback: [] };
const isWithin = (value: unknown): value is number => isCount(value) && value >= LEAST_WITHIN_MS;
const within_ms = {
  doc: 'how long it may take: what is not over 3 s before that is cut; null: as long as the daemons are waited for',
  expects: 'milliseconds, at least 5000, or null',
  ...orNull(isWithin),
};
const wait = yesOrNo('reply when it is done, or at once', true);

/** The methods of the protocol, in one place: what is taken, what is checked, what docs/protocol.md says. */
export const METHODS = {
  version: { doc: 'Who is there: version, pid, list, id.', streams: false, params: {} },
  status: {
    doc: 'The supervisor and its instances.',
    streams: false,
    params: { names: which, runs: yesOrNo('with the last runs of each, what it needs, and its limits', false) },
  },
  changes: {
    doc: 'The status, kept current until the client closes the connection: an item with all instances, then one whenever some have changed, at most ten a second; with the resources whenever one of those has. A reader that is behind gets the next one when it has caught up.',
    streams: true,
    params: { names: which },
  },
  why: { doc: 'Why instances are in the state they are in.', streams: false, params: { names: which } },
  start: {
    doc: 'Starts instances. Replies when each is running, has ended or waits at a gate.',
    streams: false,
    params: { names: done, wait },
  },
  stop: {
    doc: 'Stops instances at their boundary. Replies when the last process has gone.',
    streams: false,
    params: {
      names: done,
      wait,
      now: yesOrNo('cut: SIGKILL at once', false),
      within_ms,
    },
  },
  restart: {
    doc: 'Stops instances at their boundary and starts them again.',
    streams: false,
    params: {
      names: done,
      wait,
      how: {
        doc: '`scout`: of several instances of a daemon one goes first, and where it does not come up the others run on; `one-by-one`: each waits for the one before; `all-at-once`',
        expects: '"scout", "one-by-one" or "all-at-once"',
        accepts: isRestartHow,
        fallback: 'scout',
      },
    },
  },
  plan: {
    doc: 'What a reload of the list would do, as the list is on disk now. Changes nothing.',
    streams: false,
    params: {},
  },
  reload: {
    doc: 'Puts the list that is on disk in the place of the one that runs. A list that is not right is refused, and changes nothing. Replies when all that it replaces, removes and adds is done, with the plan that was carried out.',
    streams: false,
    params: {
      wait,
      print: {
        doc: 'the `print` of a plan: refused where the list is another one by now; null: whatever it says',
        expects: 'a whole number or null',
        ...orNull(isCount),
      },
    },
  },
  signal: {
    doc: 'Sends a signal to the main process of each; replies with the ids that had one.',
    streams: false,
    params: { names: whom, signal: { doc: 'such as `SIGUSR1`', expects: 'the name of a signal', accepts: isText } },
  },
  shutdown: {
    doc: 'Stops all and ends the supervisor. Replies just before it leaves.',
    streams: false,
    params: { wait, now: yesOrNo('cut: SIGKILL at once', false), within_ms },
  },
  upgrade: {
    doc: 'Hands all on to the program that is on disk now, in the place of the supervisor that runs; no daemon notices. Replies just before.',
    streams: false,
    params: {},
  },
  logs: {
    doc: 'Lines that daemons printed; an item each. Replies at the end, with what could not be said.',
    streams: true,
    params: {
      names: which,
      lines: { doc: 'the newest so many; null: all', expects: 'a whole number or null', ...orNull(isCount) },
      follow: yesOrNo('then each new line, until the client closes the connection', false),
      since: { doc: 'not older than', expects: 'a time such as 2026-01-31T12:00:00Z, or null', ...orNull(isTime) },
      stream: { doc: 'only this stream', expects: '"out", "err" or null', ...orNull(isStream) },
      grep: { doc: 'only lines that match', expects: 'a regular expression or null', ...orNull(isText) },
    },
  },
  events: {
    doc: 'What happened; an item each, numbered by `seq`.',
    streams: true,
    params: {
      since: {
        doc: 'after this `seq`; 0: all that are kept',
        expects: 'a whole number',
        accepts: isCount,
        fallback: 0,
      },
      follow: yesOrNo('then each new one, until the client closes the connection', false),
    },
  },
} as const satisfies Record<string, MethodRow>;

export type MethodName = keyof typeof METHODS;
export type StreamName = { [M in MethodName]: (typeof METHODS)[M]['streams'] extends true ? M : never }[MethodName];
export type CallName = Exclude<MethodName, StreamName>;

type ValueOf<P> = P extends Param<infer T> ? T : never;
type ParamRows<M extends MethodName> = (typeof METHODS)[M]['params'];
type Optional<P> = { [K in keyof P]: P[K] extends { fallback: unknown } ? K : never }[keyof P];

/** The parameters of a method, complete. */
export type ParamsOf<M extends MethodName> = { readonly [K in keyof ParamRows<M>]: ValueOf<ParamRows<M>[K]> };

/** The parameters that a request must or may have. */
export type AskOf<M extends MethodName> = Omit<ParamsOf<M>, Optional<ParamRows<M>>> &
  Partial<Pick<ParamsOf<M>, Optional<ParamRows<M>> & keyof ParamsOf<M>>>;

/** What each method replies. */
export interface Results {
  readonly version: VersionView;
  readonly status: StatusView;
  readonly changes: Record<string, never>;
  readonly why: readonly WhyView[];
  readonly start: DeedView;
  readonly stop: DeedView;
  readonly restart: DeedView;
  readonly plan: PlanView;
  readonly reload: ReloadView;
  readonly signal: readonly string[];
  readonly shutdown: DeedView;
  readonly upgrade: VersionView;
  readonly logs: LogsEnd;
  readonly events: Record<string, never>;
}

/** What the items of a streaming method are. */
export interface Items {
  readonly changes: ChangeView | Dropped;
  readonly logs: LineView | Dropped;
  readonly events: EventView | Dropped;
}

/** The method of that name; the error suggests which name may have been meant. */
export function methodOf(name: string): Result<MethodName> {
  if (Object.hasOwn(METHODS, name)) return ok(name as MethodName); // Checked by this very line.
  const meant = nearest(name, Object.keys(METHODS));
  return fail(`there is no method '${name.slice(0, 60)}'${meant === undefined ? '' : `, did you mean '${meant}'?`}`);
}

/** Does a request end only when its client is gone? */
export const isEndless = (method: MethodName, params: object): boolean =>
  method === 'changes' || ('follow' in params && params.follow === true);

/** Checks the parameters of a request against the table and fills in those left out; the error says what is wrong. */
export function paramsOf<M extends MethodName>(method: M, params: unknown): Result<ParamsOf<M>> {
  const given = params ?? {};
  if (!isRecord(given)) return fail(`${method}: "params" must be an object with names`);
  const rows: Readonly<Record<string, Param<unknown>>> = METHODS[method].params;
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(rows, name)) continue;
    const meant = nearest(name, Object.keys(rows));
    const mend = meant === undefined ? '' : `, did you mean "${meant}"?`;
    return fail(`${method}: there is no parameter "${name.slice(0, 60)}"${mend}`);
  }
  const values: Record<string, unknown> = {};
  for (const [name, row] of Object.entries(rows)) {
    const value = Object.hasOwn(given, name) ? given[name] : row.fallback;
    if (!row.accepts(value)) return fail(`${method}: "${name}" must be ${row.expects}`);
    values[name] = value;
  }
  return ok(values as ParamsOf<M>); // Each value was accepted by its own row.
}
