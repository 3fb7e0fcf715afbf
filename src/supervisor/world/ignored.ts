/** What watching leaves out: what editors drop, what programs write beside their source, what is ours, what the list excludes. */
import path from 'node:path';
import { globMatches } from '../../base/glob.ts';

/** Names of files and folders, at any depth below a watched path. */
const ALWAYS: readonly RegExp[] = [
  // Version control and packages: a change in them comes with others.
  /^(\.git|\.hg|\.svn|node_modules)$/,
  // Compiled beside the source by the daemon itself when it starts.
  /^__pycache__$|\.py[co]$/,
  // vim, emacs, nano; JetBrains, GNOME and KDE; files renamed to the real one once complete.
  /^\..*\.sw[a-z]$|^4913$|~$|^\.#|^#.*#$/,
  /^\.goutputstream-|^\.kate-|___jb_(tmp|old)___$/,
  /\.tmp$|^\.nfs[0-9a-f]+$|^\.DS_Store$/,
];

/**
 * Is this path below the watched `root` left out? So is everything in a folder that is left out. The patterns are those of the list: names
 * (at any depth) or absolute paths, with `*` and `?`.
 */
export function isLeftOut(file: string, root: string, patterns: readonly string[]): boolean {
  const names = path.relative(root, file).split('/');
  return names.some((name, depth) => {
    if (ALWAYS.some((pattern) => pattern.test(name))) return true;
    const place = path.join(root, ...names.slice(0, depth + 1));
    return patterns.some((pattern) => matchesPattern(pattern, name, place));
  });
}

/** What we write: these folders and files and their contents, and a log's rotated files (photos.log.1) and companions. */
export function isOurs(file: string, ours: readonly string[]): boolean {
  return ours.some(
    (own) => file === own || (file.startsWith(own) && /^(\/|\.\d|\.open|\.gz\.part$)/.test(file.slice(own.length))),
  );
}

function matchesPattern(pattern: string, name: string, place: string): boolean {
  if (!pattern.includes('/')) return globMatches(pattern, name);
  // A star matches slashes, so `**` is nothing special; but `**/` may also stand for no folder at all.
  return globMatches(pattern, place) || globMatches(pattern.replaceAll('/**/', '/'), place);
}
