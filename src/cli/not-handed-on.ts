import type { Client } from '../control/client.ts';

/** The type of the event that tells of an upgrade that has come to nothing. Only who goes on as before has it: a successor tells anew. */
export const NOT_HANDED_ON = 'not-handed-on';

/** Why the supervisor that answers, which was to hand all on, has not, in words; null: it is the successor. */
export async function whyNotHandedOn(client: Client): Promise<string | null> {
  let words: string | null = null;
  await client.stream(
    'events',
    { since: 0, follow: false },
    (item) => {
      if ('type' in item && item.type === NOT_HANDED_ON) words = item.words;
    },
    new AbortController().signal,
  );
  return words;
}
