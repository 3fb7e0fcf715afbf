/**
 * What daemons share and the list does not run: a database, a mount. It is asked before a start that needs it, at once when a daemon
 * that needs it crashes, and again and again while it is down and somebody waits for it (docs/resources.md).
 */
export interface Resource {
  readonly name: string;
  /** How often it is asked while it is down, and so how long that answer holds. */
  readonly intervalMs: number;
  /** How long the answer holds that it is up. */
  readonly upMs: number;
  readonly state: 'up' | 'down' | 'unknown';
  readonly since: number;
  /** Why it is down, in words. */
  readonly error: string | null;
  /** When it was last heard of: by a probe, or by the words of a daemon. */
  readonly answeredAt: number | null;
  /** When it was last asked: of the probe that is under way, else of the last one. null: it never was. */
  readonly askedAt: number | null;
  /** Somebody crashed, so what is known is too old: the number of the first probe whose answer counts again. null: what is known holds. */
  readonly doubtedUntil: number | null;
  /** The number of the probe that is under way; null: none is. */
  readonly probe: number | null;
  readonly probes: number;
}

export interface ResourcePolicy {
  readonly name: string;
  readonly intervalMs: number;
}

/**
 * Who is asked for with its turn starts with the next one, since another takes this one meanwhile. So that it is up holds for longer than
 * the time between two turns: else who needs it would be asked for again with each, and could wait for ever.
 */
const upMs = (intervalMs: number, startsPerSecond: number | null): number =>
  Math.max(intervalMs, startsPerSecond === null ? 0 : 2_000 / startsPerSecond);

export function newResource(
  { name, intervalMs }: ResourcePolicy,
  startsPerSecond: number | null,
  now: number,
): Resource {
  return {
    ...{ name, intervalMs, upMs: upMs(intervalMs, startsPerSecond), state: 'unknown', since: now, error: null },
    ...{ answeredAt: null, askedAt: null, doubtedUntil: null, probe: null, probes: 0 },
  };
}

/** What is known of it holds now. */
export function isKnown(resource: Resource, now: number): boolean {
  return resource.doubtedUntil === null && now < (holdsUntil(resource) ?? -Infinity);
}

/** Until when the last answer holds, if nobody crashes; null: there was none. */
function holdsUntil({ state, answeredAt, intervalMs, upMs }: Resource): number | null {
  return answeredAt === null ? null : answeredAt + (state === 'up' ? upMs : intervalMs);
}

/**
 * It is up for who needs all of these. Those that are asked together answer one after the other, and a slow one may take longer than the
 * answer of a quick one holds: so what is up stays so until the question is answered that was asked while it was known.
 */
export function isUpAmong(resource: Resource, needed: readonly Resource[], now: number): boolean {
  if (isKnown(resource, now)) return resource.state === 'up';
  return needed.some((other) => (other.probe !== null || isKnown(other, now)) && outlasts(other, resource));
}

/** What of these is asked now. Where one is, all are of which nothing is known, so that their answers are of one time. */
export function toAsk(needed: readonly Resource[], now: number): readonly Resource[] {
  const lapsed = needed.filter((resource) => (asksAmongAt(resource, needed, now) ?? Infinity) <= now);
  const isHeld = (resource: Resource): boolean =>
    needed.some((other) => other.probe !== null && outlasts(other, resource));
  return lapsed.every(isHeld) ? [] : lapsed;
}

/** The other one was asked while this one was known to be up. */
function outlasts(other: Resource, resource: Resource): boolean {
  const { name, state, doubtedUntil } = resource;
  if (state !== 'up' || doubtedUntil !== null) return false;
  return other.name !== name && other.askedAt !== null && other.askedAt < (holdsUntil(resource) ?? -Infinity);
}

/** When it is to be asked again, where somebody waits for it; null: it is being asked. */
export function asksAt(resource: Resource, now: number): number | null {
  if (resource.probe !== null) return null;
  return isKnown(resource, now) ? holdsUntil(resource) : now;
}

/**
 * The same for who needs all of these: while another one is known to be down nobody can be started, and whether what was up still is
 * need not be asked.
 */
export function asksAmongAt(resource: Resource, needed: readonly Resource[], now: number): number | null {
  const wasUp = resource.state === 'up' && resource.doubtedUntil === null;
  if (wasUp && needed.some((other) => other.state === 'down' && isKnown(other, now))) return null;
  return asksAt(resource, now);
}

/** It is being asked. */
export const asked = (resource: Resource, now: number): Resource => ({
  ...resource,
  askedAt: now,
  probe: resource.probes + 1,
  probes: resource.probes + 1,
});

/** A daemon that needs it has crashed: what was known of it is of before, and so is what a probe finds that is under way. */
export function doubt(resource: Resource): Resource {
  const { state, doubtedUntil, probes } = resource;
  return state === 'down' || doubtedUntil === probes + 1 ? resource : { ...resource, doubtedUntil: probes + 1 };
}

/** An answer: null is up, else why it is down, in words. */
export function answered(resource: Resource, error: string | null, now: number): Resource {
  const state = error === null ? 'up' : 'down';
  const since = resource.state === state ? resource.since : now;
  const { probe, doubtedUntil } = resource;
  // Down is down, whatever has happened while it was asked.
  const counts = error !== null || doubtedUntil === null || (probe !== null && probe >= doubtedUntil);
  return {
    ...resource,
    ...{ state, since, error, answeredAt: now, probe: null },
    doubtedUntil: counts ? null : doubtedUntil,
  };
}
