/** What journald reads at the start of a line as its priority (sd-daemon(3)). */
const PRIORITY = { error: '<3>', warning: '<4>', info: '<6>' } as const;

export type Level = keyof typeof PRIORITY;

/** Each line becomes a separate journal record, so each is marked. */
export const withPriority = (text: string, level: Level): string => text.replaceAll(/^/gm, PRIORITY[level]);
