/** `supervise reload`: the list on disk replaces the running one; `--dry-run` only says what that would do. */
import { EXIT, type ExitCode } from '../../base/exit-codes.ts';
import { describePlan, isUnchanged, UNCHANGED } from '../../control/describe-plan.ts';
import type { PlanView } from '../../control/view.ts';
import { cleanText } from '../../base/clean.ts';
import { hasOption, type Invocation } from '../args.ts';
import { carryOut } from '../deed.ts';
import { tellFailure } from '../failure.ts';
import { reachToAct } from '../other-list.ts';
import type { Terminal } from '../print/terminal.ts';

export async function run(call: Invocation, terminal: Terminal): Promise<ExitCode> {
  const found = await reachToAct(call);
  if (!found.ok) return tellFailure(found.error, call, terminal);
  const plan = await found.value.client.call('plan', {});
  found.value.client.close();
  if (!plan.ok) return tellFailure(plan.error, call, terminal);
  const isJson = hasOption(call, 'json');
  const isDry = hasOption(call, 'dry-run');
  if (isDry && isJson) terminal.say(JSON.stringify(plan.value));
  else if (!isJson) sayPlan(plan.value, isDry, terminal);
  if (!isJson) tellWarnings(plan.value, terminal);
  if (isDry || (isUnchanged(plan.value) && !isJson)) return EXIT.done;
  const wait = !hasOption(call, 'no-wait');
  return carryOut(
    {
      kind: 'reload',
      names: touched(plan.value),
      last: false,
      ask: (client, patience) => client.call('reload', { wait, print: plan.value.print }, patience),
      // A successor has read the list anew.
      askRest: (client, patience) => client.call('reload', { wait }, patience),
    },
    call,
    terminal,
  );
}

function sayPlan(plan: PlanView, isDry: boolean, terminal: Terminal): void {
  if (isUnchanged(plan)) terminal.say(UNCHANGED);
  else for (const line of describePlan(plan)) terminal.say(cleanText(line));
  if (isDry && !isUnchanged(plan)) terminal.say('Nothing was done. To do this: supervise reload');
}

/** As `start` and `check` show them: a list with warnings is still carried out. */
function tellWarnings({ warnings = [] }: PlanView, terminal: Terminal): void {
  for (const line of warnings.join('\n').split('\n')) if (line !== '') terminal.tell(cleanText(line), 'warning');
}

/** Instances whose progress is shown meanwhile: those that stay, else those that go. */
function touched({ changed, starts, stops }: PlanView): readonly string[] {
  const stay = [...changed.flatMap(({ instances }) => instances), ...starts];
  return stay.length > 0 ? stay : stops;
}
