/** What journald reads before a line as its priority (sd-daemon(3)). */
const PRIORITY = { error: '<3>', warning: '<4>', info: '<6>' } as const;

export type Level = keyof typeof PRIORITY;

/** Each line is a record of its own in the journal, so each is marked. */
export const withPriority = (text: string, level: Level): string => text.replaceAll(/^/gm, PRIORITY[level]);
