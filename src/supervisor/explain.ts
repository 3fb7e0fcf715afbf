/** Why is it in this state? Whole sentences from the lifecycle's data, with the next step. */
import { listed } from '../base/listed.ts';
import { describeExit, span } from '../control/describe.ts';
import type { WhyView } from '../control/view.ts';
import { isOpen, speaks } from './lifecycle/boundary.ts';
import { nameLeft } from './lifecycle/cut.ts';
import type { Gate } from './lifecycle/gate.ts';
import { gatesOf } from './lifecycle/gates.ts';
import { policyOf, slotsOf, stopsAfter, type Fleet } from './lifecycle/roster.ts';
import { cutTime, outdatedBy, stillRefuses, type Drain, type Ending, type Slot } from './lifecycle/state.ts';
import { exitView, isLooping, waitingFor, type StatusContext } from './status.ts';
import { changeWords, endReason, mendRefusal, refusalWords } from './words.ts';

export function explain(fleet: Fleet, slot: Slot, context: StatusContext): WhyView {
  return {
    id: slot.id,
    state: slot.state.is,
    reasons: waitingFor(fleet, slot, context),
    words: sentences(fleet, slot, context),
  };
}

function sentences(fleet: Fleet, slot: Slot, context: StatusContext): readonly string[] {
  const { state, id } = slot;
  const since = `for ${span(context.now - state.since)}`;
  switch (state.is) {
    case 'stopped':
      if (context.held != null) return [`${id} is not started yet: ${context.held}`];
      // While the list stops, a start is refused.
      return [
        stoppedWords(slot, since),
        ...(isStopping(slot) || fleet.shutdown !== null ? [] : [`Start it: supervise start ${id}`]),
      ];
    case 'waiting':
      return gatesOf(fleet, slot, context.now).map((gate) => `${id} waits ${since}: ${gateWords(gate, context)}`);
    case 'starting': {
      const { ready } = policyOf(fleet, slot);
      const until = ready.by === 'notify' ? 'it has to say READY=1' : `ready when it has lived ${span(ready.afterMs)}`;
      return [`${id} was started ${span(context.now - state.since)} ago and is not ready yet: ${until}.`];
    }
    case 'running':
      return runningWords(fleet, slot, since, context);
    case 'draining':
    case 'killing':
      return endingWords(slot, state, context);
    case 'backoff': {
      const again = `${id} will be started again in ${span(state.until - context.now)}`;
      if (state.because === 'ours') return [`${again}: it could not be started for a shortage of ours.`];
      const loops = isLooping(slot)
        ? [`It loops: ${slot.rows.quick} quick ends in a row. Its log: supervise logs ${id}`]
        : [];
      return [
        `${again}: ${lastEnd(slot, context)}.`,
        ...awayWords(fleet, slot),
        ...loops,
        `At once: supervise start ${id}`,
      ];
    }
    case 'exited':
      return [`${id} has done its work: ${lastEnd(slot, context)}, ${span(context.now - state.since)} ago.`];
    case 'failed':
      return [
        `${id} gave up: ${lastEnd(slot, context)}.`,
        `Its log: supervise logs ${id}`,
        `Once mended: supervise start ${id}`,
      ];
  }
}

const isStopping = ({ wanted }: Slot): boolean => wanted.up || wanted.by === 'shutdown';

function stoppedWords(slot: Slot, since: string): string {
  const { id, wanted } = slot;
  if (wanted.up || wanted.by === 'shutdown') return `${id} is stopped ${since}: the list is stopping.`;
  return wanted.by === 'hand'
    ? `${id} was stopped by hand and stays stopped, ${since} now.`
    : `${id} is not started with the list (autostart: false), and nothing that runs needs it.`;
}

function runningWords(fleet: Fleet, slot: Slot, since: string, { now }: StatusContext): readonly string[] {
  const needing = stopsAfter(fleet, slot);
  const words = [`${slot.id} is running ${since}.`];
  const change = outdatedBy(slot.state);
  if (change !== null) {
    const scouts = slotsOf(fleet, slot.daemon).flatMap(({ id, goesFirst }) => (goesFirst === null ? [] : id));
    const next = scouts.length === 0 ? 'when its turn comes' : `when ${scoutWords(scouts)}, has come up`;
    words.push(`It is to be replaced ${next}: ${changeWords(change)} ${span(now - change.at)} ago.`);
  }
  if (needing.length > 0) words.push(`It is stopped after what needs it: ${needing.join(', ')}.`);
  return words;
}

const scoutWords = (ids: readonly string[]): string =>
  ids.length === 1 ? `${ids[0] ?? ''}, which goes first` : `one of ${listed(ids, 4)}, which go first`;

function gateWords(gate: Gate, { now }: StatusContext): string {
  if (gate.kind === 'turn')
    return 'its turn has not come, since the start rate of the list is used up (supervisor.start_rate).';
  if (gate.kind === 'scout')
    return `${gate.name} goes first, and the others follow when it has held: see supervise why ${gate.name}`;
  if (gate.kind === 'resource')
    return gate.since === null
      ? `${gate.name} is being asked whether it is up.`
      : `${gate.name} is down, ${span(now - gate.since)} now (${gate.error ?? 'no reason was given'}); it is asked again and again.`;
  if (gate.kind === 'leftovers') return `${gate.name}, which the list does not have any more, still has its place.`;
  const { daemon, until } = gate;
  const needs = until === 'completed' ? `${daemon} has not completed` : `${daemon} is not ready`;
  switch (gate.is) {
    case 'coming':
      return `${needs} yet.`;
    case 'stopped-by-hand':
      return `${needs}: it was stopped by hand. Start it: supervise start ${daemon}`;
    case 'not-started':
      return `${needs}: nobody has started it. Start it: supervise start ${daemon}`;
    case 'failed':
      return `${needs}: it has failed. See supervise why ${daemon}`;
    case 'ended':
      return `${needs}: it has ended. Where it has a job to do and ends, write depends_on: { ${daemon}: completed }; else start it again: supervise start ${daemon}`;
    case 'absent':
      return `${needs}: the list does not have it.`;
  }
}

/** What is being waited for, and which process ignores the request. */
function endingWords(slot: Slot, state: Ending, context: StatusContext): readonly string[] {
  const refusal = stillRefuses(state.run);
  const going = goingWords(slot, state, context);
  if (refusal === null) return going;
  return [...going, `${refusal.signal} was refused: ${refusalWords(refusal)}: ${mendRefusal(refusal)}`];
}

function goingWords(slot: Slot, state: Ending, context: StatusContext): readonly string[] {
  const { run, drain } = state;
  const asked = span(context.now - drain.askedAt);
  if (run.end !== null)
    return [
      `The main process of ${slot.id} has ended and left behind ${nameLeft(run.left)}, which ${ageOfLeft(state, context)}.`,
    ];
  if (state.is === 'killing')
    return [
      `${slot.id} was sent SIGKILL ${span(context.now - state.since)} ago, and again each second since; it still lives.`,
    ];
  return [
    `${slot.id} drains ${asked} now, ${drainReason(drain)}: it was sent ${drain.signal}. ${hurryWords(slot, context)}${patienceWords(state, context)}`,
  ];
}

function hurryWords(slot: Slot, { now }: StatusContext): string {
  const at = cutTime(slot);
  if (at === null || slot.within === null) return '';
  return `Its stop may take ${span(slot.within.ms)}: it is cut in ${span(at - now)} at the latest. `;
}

function drainReason({ why, outdatedBy: change }: Drain): string {
  if (why === 'not-ready') return 'since it was not ready in time';
  if (why === 'stuck') return 'since its iteration has outlived limits.iteration';
  return why === 'own' && change !== null ? `since its ${changeWords(change)}` : 'since it was asked to stop';
}

function ageOfLeft({ drain, is }: Ending, { now }: StatusContext): string {
  if (is === 'killing') return 'SIGKILL has not ended yet';
  return drain.killAt === null ? 'is waited for' : `gets SIGKILL in ${span(drain.killAt - now)}`;
}

function patienceWords({ run, drain }: Ending, { now }: StatusContext): string {
  if (drain.unsure)
    return `Whether that came is not known, for its supervisor died in that moment${drain.killAt === null ? '.' : `: it is sent again in ${span(drain.killAt - now)}.`}`;
  if (drain.killAt !== null) return `SIGKILL follows in ${span(drain.killAt - now)}.`;
  const { talk } = run;
  if (speaks(talk) && isOpen(talk))
    return `Its iteration is open ${span(now - (talk.openSince ?? drain.askedAt))} now and is waited for as long as it takes.`;
  return 'It is waited for as long as it takes.';
}

/** It waits for something that no probe can check. */
function awayWords({ resources }: Fleet, { exits: [exit] }: Slot): readonly string[] {
  if (exit?.kind !== 'resource') return [];
  if (exit.resource === null)
    return ['Its exit code says that something it needs is away (75, EX_TEMPFAIL): no crash is counted.'];
  if (resources.has(exit.resource)) return [];
  return [
    `It said WAITING=${exit.resource}, and the list has no resource of that name that could be asked (docs/resources.md).`,
  ];
}

function lastEnd(slot: Slot, context: StatusContext): string {
  const [exit] = slot.exits;
  if (exit === undefined) return 'it has never run';
  const reason = endReason(exit);
  if (reason !== null) return reason;
  return exit.error === null ? describeExit(exitView(exit, context)) : `cannot be started: ${exit.error}`;
}
