import type { ReadySpec, SignalName } from './spec.ts';
import { duration, flag, isName, name, oneOf } from './kinds.ts';
import { quoted } from './problem.ts';
import type { Found, Kind, Scope, Wrong } from './section.ts';
import { WRONG, builtIn, complain, key, refuse, section } from './section.ts';
import type { Entry, Node, Place } from './tree.ts';
import { entryOf, isNothing, textOf } from './tree.ts';

/** The kinds of values with a form of their own, each used by one key only. */

/** Names and values for a daemon's environment. */
export const environment: Kind<Readonly<Record<string, string>>> = {
  words: 'a mapping of names to text, numbers or flags',
  json: { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean'] } },
  read: (node, scope) => {
    if (isNothing(node)) return {};
    if (node.kind !== 'mapping') return refuse(node, scope, 'a mapping', 'write env: { NAME: value }');
    const found: Record<string, string> = {};
    for (const entry of node.entries) {
      const value = variable(entry, scope);
      if (value !== WRONG) found[entry.key] = value;
    }
    return found;
  },
};

/** What is wrong with the name of a variable, if anything. */
export function wrongVariable(variableName: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(variableName))
    return `${quoted(variableName)} cannot be the name of a variable`;
  if (variableName.startsWith('SUPERVISE_'))
    return `${quoted(variableName)} is set by supervise itself: names that begin with SUPERVISE_ are taken`;
  return undefined;
}

function variable({ key: variableName, keyAt, value }: Entry, scope: Scope): string | Wrong {
  const wrong = wrongVariable(variableName);
  if (wrong !== undefined) {
    scope.report.problem(keyAt, `env${scope.of === null ? '' : ` of ${scope.of}`}: ${wrong}`, undefined, wrong);
    return WRONG;
  }
  if (value.kind === 'scalar' && !isNothing(value)) return textOf(value) ?? value.source;
  const here = { ...scope, keys: `${scope.keys}.${variableName}` };
  return refuse(
    value,
    here,
    'text, a number, true or false',
    isNothing(value) ? 'an empty value is written ""' : undefined,
  );
}

/** What a daemon needs, as written. In the short form the state is implied: ready for a daemon, up for a resource. */
export interface WrittenNeed {
  readonly name: string;
  readonly until: 'ready' | 'completed' | 'up' | null;
  /** The place of the state, if one is written. */
  readonly untilAt: Place | null;
}

const until = oneOf(['ready', 'completed', 'up']);

/** Daemons that must be ready (or `completed`) and resources that must be `up` before this one starts. */
export const needs: Kind<readonly Found<WrittenNeed>[]> = {
  words: 'a list of daemons and resources, or a mapping of them to ready, completed or up',
  json: {
    anyOf: [
      { type: 'array', items: name.json },
      { type: 'object', additionalProperties: until.json },
    ],
  },
  read: (node, scope) => {
    if (isNothing(node)) return [];
    if (node.kind === 'sequence') {
      return node.items.flatMap((item) => {
        const needed = name.read(item, scope);
        return needed === WRONG ? [] : { value: { name: needed, until: null, untilAt: null }, at: item.at };
      });
    }
    if (node.kind === 'mapping') return node.entries.flatMap((entry) => need(entry, scope));
    return refuse(
      node,
      scope,
      'a list or a mapping',
      isName(textOf(node) ?? '') ? `write [${textOf(node) ?? ''}]` : undefined,
    );
  },
};

function need({ key: needed, keyAt, value }: Entry, scope: Scope): readonly Found<WrittenNeed>[] {
  const state = until.read(value, { ...scope, keys: `${scope.keys}.${needed}` });
  return state === WRONG ? [] : [{ value: { name: needed, until: state, untilAt: value.at }, at: keyAt }];
}

const READY = {
  notify: key(flag, { doc: 'Only its own READY=1 makes it ready.' }),
  timeout: key(duration, { doc: 'Not ready within this time is a crash.', builtIn: '60s' }),
};
const readyLong = section(READY);

/** `notify`, a time, or the long form. */
export const readiness: Kind<ReadySpec> = {
  words: 'notify, a duration (5s), or a mapping',
  json: { anyOf: [{ const: 'notify' }, duration.json, readyLong.json] },
  section: READY,
  read: (node, scope) => {
    if (textOf(node) === 'notify') return { by: 'notify', timeoutMs: builtIn(READY.timeout) };
    if (node.kind === 'mapping') return longReadiness(node, scope);
    const wanted = 'notify, a duration, or { notify: true, timeout: 60s }';
    if (node.kind === 'sequence' || isNothing(node) || !/^\d/.test(node.source)) return refuse(node, scope, wanted);
    const afterMs = duration.read(node, scope);
    return afterMs === WRONG ? WRONG : { by: 'time', afterMs };
  },
};

function longReadiness(node: Node, scope: Scope): ReadySpec | Wrong {
  const written = readyLong.read(node, scope);
  if (written === WRONG) return WRONG;
  if (entryOf(node, 'notify') === undefined || written.notify?.value === false) {
    complain(
      scope,
      node.at,
      'needs notify: true where it is a mapping',
      'to wait for a time, write that time: ready: 5s',
    );
    return WRONG;
  }
  return { by: 'notify', timeoutMs: written.timeout?.value ?? builtIn(READY.timeout) };
}

export const SIGNALS: readonly SignalName[] = [
  'SIGTERM',
  'SIGINT',
  'SIGQUIT',
  'SIGHUP',
  'SIGUSR1',
  'SIGUSR2',
  'SIGWINCH',
  'SIGCONT',
  'SIGTSTP',
  'SIGABRT',
  'SIGALRM',
];
const anySignal = oneOf(SIGNALS);

/** A signal that a daemon can handle. */
export const signal: Kind<SignalName> = {
  ...anySignal,
  read: (node, scope) => {
    const written = textOf(node)?.toUpperCase() ?? '';
    if (/^(SIG)?(KILL|STOP)$/.test(written)) {
      return refuse(
        node,
        scope,
        'a signal that can be handled',
        'SIGKILL is sent by supervise when the grace is over, or by `supervise stop --now`',
      );
    }
    const full = SIGNALS.find((each) => each === written || each === `SIG${written}`);
    return full !== undefined && full !== textOf(node)
      ? refuse(node, scope, 'the full name of a signal', `did you mean "${full}"?`)
      : anySignal.read(node, scope);
  },
};
