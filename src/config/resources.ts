import { NAME_HINT, duration, isName, name, ownWords, path, positive, text } from './kinds.ts';
import { quoted } from './problem.ts';
import type { Kind, Scope, Written } from './section.ts';
import { WRONG, complain, key, readSection, refuse, section } from './section.ts';
import type { Entry, MappingNode, Place } from './tree.ts';
import { isNothing, textOf } from './tree.ts';

/** The kinds for what daemons share and the list does not run, and for its probes. */

const HOST = String.raw`(?:\[[0-9A-Fa-f:.]+\]|[^\s:/@[\]]+)`;

const endpoint: Kind<{ readonly host: string; readonly port: number }> = {
  words: 'host:port',
  json: { type: 'string', pattern: String.raw`^${HOST}:\d+$|\$\{` },
  read: (node, scope) => {
    const written = textOf(node) ?? (node.kind === 'scalar' && typeof node.value === 'number' ? node.source : '');
    const [, host, digits] = new RegExp(`^(${HOST}):(\\d{1,5})$`).exec(written) ?? [];
    const port = Number(digits);
    if (host !== undefined && port >= 1 && port <= 65_535) return { host: host.replace(/^\[|\]$/g, ''), port };
    return refuse(node, scope, 'host:port', endpointHint(written, port));
  },
};

function endpointHint(written: string, port: number): string | undefined {
  if (port > 65_535 || port === 0) return 'a port is a number from 1 to 65535';
  if (/^\d{1,5}$/.test(written)) return `write localhost:${written}`;
  if (new RegExp(`^${HOST}$`).test(written)) return `write its port, too: ${written}:PORT`;
  const bare = /^\w+:\/\/([^/]*)/.exec(written)?.[1]?.replace(/^.*@/, '');
  if (bare !== undefined && bare !== '') return `write ${bare}`;
  const [, v6, digits] = /^([0-9A-Fa-f:]*:[0-9A-Fa-f:]*):(\d+)$/.exec(written) ?? [];
  return v6 === undefined || digits === undefined ? undefined : `write "[${v6}]:${digits}"`;
}

const url: Kind<string> = {
  words: 'a URL (http://localhost:8080/health)',
  json: { type: 'string', pattern: String.raw`^https?://|\$\{` },
  read: (node, scope) => {
    const written = text.read(node, scope);
    if (written === WRONG) return WRONG;
    if (/^https?:\/\//i.test(written) && URL.canParse(written)) return written;
    const meant = `http://${written.replace(/^\w*:?\/\//, '')}`;
    return refuse(node, scope, 'a URL of http or https', URL.canParse(meant) ? `write ${meant}` : undefined);
  },
};

export const RESOURCE = {
  exec: key(ownWords, {
    doc: 'A program and its arguments: up if it exits with 0. Run in the folder of the list, as supervise itself.',
    elsewhere: ['command', 'cmd', 'run', 'script', 'test'],
  }),
  tcp: key(endpoint, {
    doc: 'Up if a connection is accepted. Not for databases: they accept first and refuse afterwards.',
    elsewhere: ['port', 'connect', 'address'],
  }),
  http: key(url, {
    doc: 'Up if it answers with a code from 200 to 399.',
    elsewhere: ['https', 'url', 'get'],
  }),
  file: key(path, {
    doc: 'Up if something is there: a mount, a flag. Relative to the list.',
    elsewhere: ['path', 'exists', 'mount'],
  }),
  interval: key(positive(duration), {
    doc: 'How often it is probed while it is down.',
    builtIn: '2s',
    elsewhere: ['every', 'period'],
  }),
  timeout: key(positive(duration), { doc: 'A probe that takes longer has failed.', builtIn: '5s' }),
};

export const PROBES = ['exec', 'tcp', 'http', 'file'] as const;

export interface WrittenResource {
  readonly name: string;
  readonly at: Place;
  readonly keys: Written<typeof RESOURCE>;
}

const one = section(RESOURCE);

export const resources: Kind<readonly WrittenResource[]> = {
  words: 'a mapping of names to probes',
  json: {
    type: 'object',
    propertyNames: name.json,
    additionalProperties: { ...one.json, oneOf: PROBES.map((probe) => ({ required: [probe] })) },
  },
  section: RESOURCE,
  read: (node, scope) => {
    if (isNothing(node)) return [];
    if (node.kind !== 'mapping')
      return refuse(node, scope, 'a mapping of names to probes', 'write resources: { database: { … } }');
    return node.entries.flatMap((entry) => resource(entry, scope) ?? []);
  },
};

function resource({ key: itsName, keyAt, value }: Entry, scope: Scope): WrittenResource | undefined {
  const here: Scope = { ...scope, keys: `${scope.keys}.${itsName}` };
  if (!isName(itsName)) {
    scope.report.problem(keyAt, `a resource cannot have the name ${quoted(itsName)}`, NAME_HINT);
    return undefined;
  }
  if (value.kind !== 'mapping') {
    refuse(value, here, 'a mapping with its probe', shortHint(textOf(value)));
    return { name: itsName, at: keyAt, keys: {} };
  }
  oneProbe(value, keyAt, here);
  return { name: itsName, at: keyAt, keys: readSection(value, RESOURCE, here) };
}

/** An address alone shows how to probe it, and the long form has room for more. */
function shortHint(written: string | undefined): string {
  if (written === undefined) return 'write one of exec, tcp, http or file: { tcp: localhost:5672 }';
  if (/^https?:/.test(written)) return `write { http: "${written}" }`;
  return /:\d+$/.test(written) ? `write { tcp: "${written}" }` : `write { exec: "${written}" }`;
}

function oneProbe(node: MappingNode, at: Place, scope: Scope): void {
  const [first, second] = node.entries.filter(({ key: each }) => PROBES.some((probe) => probe === each));
  // A mistyped key may have been meant as the probe: it gets its own complaint.
  const isMistyped = node.entries.some(({ key: each }) => !Object.hasOwn(RESOURCE, each));
  if (first === undefined && !isMistyped) complain(scope, at, 'has no probe', 'write one of exec, tcp, http or file');
  if (first !== undefined && second !== undefined)
    complain(scope, second.keyAt, `has ${first.key} and ${second.key}`, 'exactly one says how it is probed');
}
