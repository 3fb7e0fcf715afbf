import type { Pane } from './tmux.ts';
import { waitUntil } from './wait-for.ts';

/** A question accepts no answer until the keyboard has been quiet for a moment: the answer is repeated until it is accepted. */
export async function answer(pane: Pane, key: string, isHeard: () => boolean): Promise<void> {
  await waitUntil(`the answer ${key} is heard`, async () => {
    if (isHeard()) return true;
    await quiet();
    pane.press(key);
    // Pressed again too soon, it could undo its effect.
    await waitUntil('it is drawn', isHeard, DRAWN_MS).catch(() => undefined);
    return isHeard();
  });
}

/** Longer than a question requires the keyboard to be quiet. */
const quiet = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 400));
/** Longer than a machine busy with ten other things takes for it. */
const DRAWN_MS = 4_000;
