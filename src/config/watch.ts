import { duration, oneOrMany, path, text } from './kinds.ts';
import type { Found, Kind } from './section.ts';
import { WRONG, complain, key, refuse } from './section.ts';

/** The kinds of values that only `watch` takes. */

/** At least one file or folder. */
export const watchedPaths: Kind<readonly Found<string>[]> = {
  ...oneOrMany(path, 'paths'),
  read: (node, scope) => {
    if (node.kind === 'sequence' && node.items.length === 0) {
      complain(scope, node.at, 'has no path in it', 'write [src], or remove the key');
      return WRONG;
    }
    return oneOrMany(watchedPath, 'paths').read(node, scope);
  },
};

/** People used to other watchers write patterns here. */
const watchedPath: Kind<string> = {
  ...path,
  read: (node, scope) => {
    if (node.kind === 'scalar' && typeof node.value === 'boolean')
      return refuse(node, scope, 'paths', 'write what is to be watched: [src]');
    const value = path.read(node, scope);
    if (value === WRONG || !/[*?]/.test(value)) return value;
    const folder = /^([^*?]*)\//.exec(value)?.[1] ?? '.';
    complain(
      scope,
      node.at,
      'is a pattern, and what is watched are files and folders',
      `write ${folder}: all that is in it is watched, and "ignore" leaves out what is not meant`,
    );
    return WRONG;
  },
};

export const ignorePattern: Kind<string> = {
  words: 'a pattern',
  json: { type: 'string', minLength: 1 },
  read: (node, scope) => {
    const value = text.read(node, scope);
    if (value === WRONG || !/^!|\{.*,.*\}/.test(value)) return value;
    const hint = value.startsWith('!')
      ? 'only * and ? have a meaning; what is not ignored is watched'
      : 'only * and ? have a meaning: write one pattern for each of them';
    complain(scope, node.at, 'is no pattern that is known here', hint);
    return WRONG;
  },
};

export const WATCH = {
  paths: key(watchedPaths, {
    doc: 'Files and folders, with all that is in them. Relative to the list. They need not exist yet.',
  }),
  ignore: key(oneOrMany(ignorePattern, 'patterns'), {
    doc: 'What to leave out, with `*` and `?`: a name at any depth, or, with a slash, a path relative to the list.',
    otherwise: '`.git`, `node_modules`, what editors drop, and the logs and state of the list are always left out',
  }),
  debounce: key(duration, {
    doc: 'Changes are collected into one restart, until nothing more has changed for this long.',
    builtIn: '300ms',
  }),
};
