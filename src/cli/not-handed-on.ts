import type { Client } from '../control/client.ts';

/** The type of the event about a failed upgrade. Only a supervisor that goes on as before has it: a successor starts anew. */
export const NOT_HANDED_ON = 'not-handed-on';

/** Why the answering supervisor, which was to hand everything over, did not, in words; null: it is the successor. */
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
