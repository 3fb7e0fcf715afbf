/** What a reload would do, or everything wrong with the list: before it is requested, and in the question itself. */
import type { Result } from '../../base/result.ts';
import { describePlan, isUnchanged, UNCHANGED } from '../../control/describe-plan.ts';
import type { PlanView } from '../../control/view.ts';
import { cell, measure, span, wrapText } from '../cells.ts';
import { labelOf } from '../keys.ts';
import type { Line, Role } from '../screen.ts';

export function planText(plan: Result<PlanView> | null, width: number): readonly Line[] {
  if (plan === null) return [[span(' asking the supervisor …', 'busy')]];
  if (!plan.ok) return drawnText(plan.error, 'bad', width);
  const end = isUnchanged(plan.value)
    ? []
    : paragraph(`Nothing was done. To do this: ${labelOf('list', 'reload')}`, 'faint', width);
  return [...planLines(plan.value, width), ...end];
}

/** One line per item, as in `supervise reload --dry-run`, plus the list's warnings. */
export function planLines(plan: PlanView, width: number): readonly Line[] {
  const lines = isUnchanged(plan)
    ? paragraph(UNCHANGED, 'plain', width)
    : describePlan(plan).flatMap((words) => paragraph(words, ROLES[words.charAt(0)] ?? 'plain', width));
  return [...lines, ...(plan.warnings ?? []).flatMap((warning) => drawnText(warning, 'warning', width))];
}

const ROLES: Readonly<Partial<Record<string, Role>>> = { '+': 'good', '-': 'warning', '~': 'busy', '=': 'faint' };

const paragraph = (words: string, role: Role, width: number): readonly Line[] =>
  wrapText(words, width - 4).map((row, index): Line => [span(index === 0 ? ' ' : '   '), span(row, role)]);

/** As drawn by `supervise check`: a quoted line of the list keeps its blanks, so that the caret stays below its place. */
const drawnText = (text: string, role: Role, width: number): readonly Line[] =>
  text.split('\n').flatMap((line) => drawnLine(line, role, width));

function drawnLine(line: string, role: Role, width: number): readonly Line[] {
  if (line === '') return [[]];
  if (QUOTED.test(line)) return [[span(cell(line, Math.min(measure(line) + 1, width)))]];
  return line.startsWith(' ') ? paragraph(line.trim(), 'plain', width) : paragraph(line, role, width);
}

/** `  12 | name: photos`, and the row with its caret. */
const QUOTED = /^ +(\d+ )?\|/;
