import type { Pane } from './tmux.ts';
import { waitUntil } from './wait-for.ts';

/** A question takes no answer before the keyboard has been quiet for a moment: it is given until it is heard. */
export async function answer(pane: Pane, key: string, isHeard: () => boolean): Promise<void> {
  await waitUntil(`the answer ${key} is heard`, async () => {
    if (isHeard()) return true;
    await quiet();
    pane.press(key);
    // Pressed again too soon it could take back what it did.
    await waitUntil('it is drawn', isHeard, DRAWN_MS).catch(() => undefined);
    return isHeard();
  });
}

/** Longer than a question wants the hands to be off the keyboard. */
const quiet = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 400));
/** Longer than a machine that does ten other things takes for it. */
const DRAWN_MS = 4_000;
