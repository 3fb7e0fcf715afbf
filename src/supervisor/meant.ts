/** Who was looked at when somebody asked, and who is there when it is carried out, may be two. */
import { isLive, type Slot } from './lifecycle/state.ts';

/** Which of these instances has another process than those, or none any more, in words; null: each has one of them. */
export function otherThan(pids: readonly number[], slots: readonly Pick<Slot, 'id' | 'state'>[]): string | null {
  const named = `pid ${pids.join(', ')}`;
  for (const { id, state } of slots) {
    const pid = isLive(state) ? state.run.process?.pid : undefined;
    if (pid === undefined) return `${id} was left alone: ${named}, which was meant, has ended`;
    if (!pids.includes(pid)) return `${id} was left alone: ${named}, which was meant, has ended, and pid ${pid} is new`;
  }
  return null;
}
