/**
 * Something that daemons share and the list does not run: a database, a mount. It is probed before a start that needs it, at once when a
 * daemon that needs it crashes, and repeatedly while it is down and some instance waits for it (docs/resources.md).
 */
export interface Resource {
  readonly name: string;
  /** How often it is probed while down, and so how long that answer holds. */
  readonly intervalMs: number;
  /** How long the answer that it is up holds. */
  readonly upMs: number;
  readonly state: 'up' | 'down' | 'unknown';
  readonly since: number;
  /** Why it is down, in words. */
  readonly error: string | null;
  /** When it was last heard of: through a probe or a daemon's words. */
  readonly answeredAt: number | null;
  /** When it was last probed: the probe under way, else the last one. null: never. */
  readonly askedAt: number | null;
  /** A crash made what is known too old: the number of the first probe whose answer counts again. null: what is known holds. */
  readonly doubtedUntil: number | null;
  /** The number of the probe under way, or null. */
  readonly probe: number | null;
  readonly probes: number;
}

export interface ResourcePolicy {
  readonly name: string;
  readonly intervalMs: number;
}

/**
 * A slot whose resource is probed on one turn starts on the next, since another slot takes this turn meanwhile. So `up` holds for longer
 * than the time between two turns: otherwise the probe would be repeated on each, and the slot could wait for ever.
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

/** What is known of it still holds. */
export function isKnown(resource: Resource, now: number): boolean {
  return resource.doubtedUntil === null && now < (holdsUntil(resource) ?? -Infinity);
}

/** How long the last answer holds if nothing crashes; null: there was none. */
function holdsUntil({ state, answeredAt, intervalMs, upMs }: Resource): number | null {
  return answeredAt === null ? null : answeredAt + (state === 'up' ? upMs : intervalMs);
}

/**
 * It is up for a slot that needs all of these. Resources probed together answer one after the other, and a slow one may take longer than a
 * quick one's answer holds: so what is up stays up until the question asked while it was known is answered.
 */
export function isUpAmong(resource: Resource, needed: readonly Resource[], now: number): boolean {
  if (isKnown(resource, now)) return resource.state === 'up';
  return needed.some((other) => (other.probe !== null || isKnown(other, now)) && outlasts(other, resource));
}

/** Which of these to probe now. If one is due, so are all that have no valid answer, so that the answers are of the same time. */
export function toAsk(needed: readonly Resource[], now: number): readonly Resource[] {
  const lapsed = needed.filter((resource) => (asksAmongAt(resource, needed, now) ?? Infinity) <= now);
  const isHeld = (resource: Resource): boolean =>
    needed.some((other) => other.probe !== null && outlasts(other, resource));
  return lapsed.every(isHeld) ? [] : lapsed;
}

/** The other one was probed while this one was known to be up. */
function outlasts(other: Resource, resource: Resource): boolean {
  const { name, state, doubtedUntil } = resource;
  if (state !== 'up' || doubtedUntil !== null) return false;
  return other.name !== name && other.askedAt !== null && other.askedAt < (holdsUntil(resource) ?? -Infinity);
}

/** When to probe it again if an instance waits for it; null: a probe is under way. */
export function asksAt(resource: Resource, now: number): number | null {
  if (resource.probe !== null) return null;
  return isKnown(resource, now) ? holdsUntil(resource) : now;
}

/**
 * The same for a slot that needs all of these: while another one is known to be down nothing can start, so whether what was up still is
 * need not be asked.
 */
export function asksAmongAt(resource: Resource, needed: readonly Resource[], now: number): number | null {
  const wasUp = resource.state === 'up' && resource.doubtedUntil === null;
  if (wasUp && needed.some((other) => other.state === 'down' && isKnown(other, now))) return null;
  return asksAt(resource, now);
}

/** A probe is under way. */
export const asked = (resource: Resource, now: number): Resource => ({
  ...resource,
  askedAt: now,
  probe: resource.probes + 1,
  probes: resource.probes + 1,
});

/** A daemon that needs it has crashed: what was known predates the crash, and so does the answer of a probe under way. */
export function doubt(resource: Resource): Resource {
  const { state, doubtedUntil, probes } = resource;
  return state === 'down' || doubtedUntil === probes + 1 ? resource : { ...resource, doubtedUntil: probes + 1 };
}

/** An answer: null means up, otherwise why it is down, in words. */
export function answered(resource: Resource, error: string | null, now: number): Resource {
  const state = error === null ? 'up' : 'down';
  const since = resource.state === state ? resource.since : now;
  const { probe, doubtedUntil } = resource;
  // Down is down, whatever happened during the probe.
  const counts = error !== null || doubtedUntil === null || (probe !== null && probe >= doubtedUntil);
  return {
    ...resource,
    ...{ state, since, error, answeredAt: now, probe: null },
    doubtedUntil: counts ? null : doubtedUntil,
  };
}
