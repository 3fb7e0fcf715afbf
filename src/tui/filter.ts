/** What `/` narrows the list to. */
import { matches, parseSelector } from '../base/selector.ts';
import type { InstanceView } from '../control/view.ts';

/**
 * Does an instance match all words of a filter? Part of its name, a glob (`pho*`), `@tag`, `state:failed` (or a flag, `state:stuck`). Tags
 * and states match by prefix, so that the list narrows while one types.
 */
export function passes(filter: string, instance: InstanceView): boolean {
  return filter
    .split(' ')
    .filter((word) => word !== '')
    .every((word) => passesWord(word, instance));
}

const STATE = /^state:(.*)$/i;

function passesWord(word: string, instance: InstanceView): boolean {
  const state = STATE.exec(word)?.[1]?.toLowerCase();
  if (state !== undefined) return [instance.state, ...instance.flags].some((name) => name.startsWith(state));
  if (word.startsWith('@')) return instance.tags.some((tag) => tag.startsWith(word.slice(1)));
  if (/[*?]/.test(word)) {
    const glob = parseSelector(word);
    return glob.ok && matches(glob.value, instance);
  }
  return instance.id.toLowerCase().includes(word.toLowerCase());
}
