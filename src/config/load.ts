import type { Result } from '../base/result.ts';
import { fail, ok } from '../base/result.ts';
import type { DaemonExplanation } from './explain.ts';
import { explainDaemon } from './explain.ts';
import { absoluteAsTyped, identityOf } from './identity.ts';
import { interpolate } from './interpolate.ts';
import type { DraftList } from './normalize.ts';
import { normalize } from './normalize.ts';
import { parseList } from './parse.ts';
import type { Refused } from './problem.ts';
import { readText } from './read.ts';
import type { Report } from './report.ts';
import { createReport } from './report.ts';
import { applyRules } from './rules.ts';
import type { DaemonSpec, ListSpec } from './spec.ts';
import type { Node } from './tree.ts';
import { validate } from './validate.ts';
import { veiled } from './veil.ts';

/** A valid list, and where each value of its daemons comes from, in the order of the daemons. */
export interface Explained {
  readonly list: ListSpec;
  readonly explanations: readonly DaemonExplanation[];
}

/**
 * From the path of a list (as typed) to what the engine takes. `environment` fills in `${VAR}` and supplies the PATH for programs. Reads
 * the file system, changes nothing.
 */
export function loadList(
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
): Result<ListSpec, Refused> {
  const read = readList(file, environment);
  return read.ok ? ok(read.value.list) : read;
}

/** The same, with what a person who asks why wants to know. */
export function explainList(
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
): Result<Explained, Refused> {
  const read = readList(file, environment);
  if (!read.ok) return read;
  const { list, drafts, report } = read.value;
  return ok({ list, explanations: drafts.daemons.map((draft) => explainDaemon(draft, report)) });
}

/** The names of the variables that a list uses, set or not, in text order; none if it cannot be read. */
export function variablesOf(file: string): readonly string[] {
  const text = readText(file);
  if (!text.ok) return [];
  const report = createReport(file, text.value);
  const tree = parseList(text.value, report);
  if (tree === undefined) return [];
  const names = new Set<string>();
  const asked = new Proxy<Record<string, string | undefined>>(
    {},
    {
      get(_, name) {
        names.add(String(name));
        return undefined;
      },
    },
  );
  interpolate(tree, text.value, asked, report);
  return [...names];
}

interface ReadList {
  readonly list: ListSpec;
  readonly drafts: DraftList;
  readonly report: Report;
}

function readList(file: string, environment: Readonly<Record<string, string | undefined>>): Result<ReadList, Refused> {
  const text = readText(file);
  if (!text.ok) {
    const hint = text.error.startsWith('does not exist')
      ? 'supervise looks for daemons.yaml here; --file names another list'
      : undefined;
    const report = createReport(file, '');
    report.problem(null, `the list ${text.error}`, hint);
    return fail({ problems: report.problems(), text: null });
  }
  const report = createReport(file, text.value);
  const tree = parseList(text.value, report);
  // Text that is not YAML ends here.
  if (tree === undefined) return fail({ problems: report.problems(), text: text.value });
  const absolute = absoluteAsTyped(file);
  const drafts = fromTree(tree, text.value, absolute, environment, report);
  if (report.count > 0) return fail({ problems: report.problems(), text: veiled(text.value, tree) });
  return ok({ list: specOf(drafts, absolute, report), drafts, report });
}

/** The remaining steps. Problems are noted and skipped over, so that all of them are reported at once. */
function fromTree(
  tree: Node,
  text: string,
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
  report: Report,
): DraftList {
  const expanded = interpolate(tree, text, environment, report);
  const written = validate(expanded, report);
  const drafts = normalize(written, file, report);
  applyRules({ list: drafts, file, environment, report });
  return drafts;
}

/** If nothing is wrong, each draft is complete. */
function specOf(drafts: DraftList, file: string, report: Report): ListSpec {
  const { name, startRate, stopWithinMs, maxTotalLogBytes, socketGroup, onTrouble } = drafts;
  return {
    id: identityOf({ name, file }),
    file,
    startRate,
    stopWithinMs,
    maxTotalLogBytes,
    socketGroup: socketGroup?.value ?? null,
    onTrouble: onTrouble?.value ?? null,
    resources: drafts.resources.flatMap(({ spec }) => spec ?? []),
    daemons: drafts.daemons.flatMap(({ spec }): DaemonSpec[] =>
      spec.command === null ? [] : [{ ...spec, command: spec.command }],
    ),
    warnings: report.warnings(),
  };
}
