/** Anything beyond these is no folder of daemons: it is refused in words, so that no file makes `init` slow. */
import type { Source } from './sketch.ts';

/** Daemons from all sources together. Nobody would read a longer list. */
export const MOST_DAEMONS = 1_000;
/** Files of supervisord, and patterns in their [include]. */
export const MOST_FILES = 200;
/** Characters of one source after its parts were joined. */
export const LONGEST_SOURCE = 1024 * 1024;
/** Characters of a command: the kernel takes no longer word, and a shell no longer line. */
export const LONGEST_COMMAND = 128 * 1024 - 1;
/** Characters of the name of a [section]. */
export const LONGEST_TITLE = 255;
/** How deep JSON may be nested: an app of pm2 needs three. */
export const DEEPEST = 100;

/** The sources whose daemons fit, in order; for others only why they were not taken. */
export function withinBounds(sources: readonly Source[]): readonly Source[] {
  let room = MOST_DAEMONS;
  return sources.map((source) => {
    const count = source.sketches.length;
    if (count <= room) {
      room -= count;
      return source;
    }
    const left = room < MOST_DAEMONS ? ` (the sources before it have ${MOST_DAEMONS - room})` : '';
    const mend = `has ${count} daemons, and ${MOST_DAEMONS} are the most${left}: nothing of it was taken`;
    return { ...source, sketches: [], notes: [{ what: source.file, mend }], narrow: [] };
  });
}

/** Values nested deeper than anyone writes them. */
export function isTooDeep(value: unknown): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST) return true;
    level = level.flatMap((each): readonly unknown[] =>
      typeof each === 'object' && each !== null ? Object.values(each) : [],
    );
  }
  return false;
}
