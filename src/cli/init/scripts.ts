import path from 'node:path';
import type { Sketch, Source } from './sketch.ts';
import { commandValue, literal } from './sketch.ts';

/** A file that might be a daemon. */
export interface ScriptFile {
  /** Relative to the list: `workers/photos.php`. */
  readonly file: string;
  /** Its beginning. */
  readonly text: string;
  /** By its x bit. */
  readonly isExecutable: boolean;
}

/** Where scripts are looked for; everything in the last two is meant to keep running. */
export const SCRIPT_FOLDERS = ['.', 'bin', 'scripts', 'workers', 'daemons'] as const;
const OF_DAEMONS = /^(workers|daemons)\//;

/**
 * Scripts that are daemons. Candidates have a `#!` line and the x bit, or are in workers/ or daemons/ with an extension that tells their
 * interpreter, and do not have the name of a tool. One is a daemon if its text has an endless loop, or a loop until a signal says
 * otherwise, or speaks to a supervisor; one that is only named like a daemon, or is where daemons are, becomes a comment.
 */
export function readScripts(files: readonly ScriptFile[]): Source | null {
  const sketches = files.flatMap(sketchOf);
  return sketches.length === 0 ? null : { file: 'scripts', sketches, notes: [] };
}

function sketchOf({ file, text, isExecutable }: ScriptFile): readonly Sketch[] {
  const extension = path.extname(file);
  const stem = path.basename(file, extension);
  const isScript = isExecutable && text.startsWith('#!');
  const isPlaced = OF_DAEMONS.test(file);
  const isKnown = KNOWN_EXTENSIONS.has(extension);
  if (!(isScript || (isPlaced && isKnown)) || TOOL.test(stem) || !(isScript || isKnown)) return [];
  const isEndless = ENDLESS.test(text) || (UNTIL_TOLD.test(text) && HEARS.test(text));
  if (!isEndless && !isPlaced && !CALLED.test(stem)) return [];
  const doubt = isEndless
    ? null
    : isPlaced
      ? `lies in ${path.dirname(file)}/, and no endless loop is seen in it: is it one that runs on?`
      : 'is called like a daemon, and no endless loop is seen in it: is it one that runs on?';
  const name =
    /^(index|main|run|worker)$/.test(stem) && path.dirname(file) !== '.' ? `${path.dirname(file)}-${stem}` : stem;
  return [{ name, keys: { script: commandValue([literal(`./${file}`)]) }, notes: [], doubt }];
}

/** Those that determine the interpreter: docs/list.md. */
const KNOWN_EXTENSIONS = new Set(['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts', '.php', '.py', '.rb', '.pl', '.sh']);

const TOOL =
  /^(artisan|console|manage|rails|rake|bundle|setup|update|install|configure|bootstrap|build|test|tests|spec|lint|format|check|ci|deploy|release|publish|migrate|seed|dev|serve|server|web|gradlew|mvnw|spring|yarn|cli|entrypoint|docker-entrypoint|phpunit|brakeman|rubocop|importmap|thrust|kamal|vite)$|(^|[-_.])(test|spec|config)$/i;

const CALLED =
  /(^|[-_.])(workers?|daemons?|consumers?|listeners?|loop|poller|watcher|scheduler|subscriber|processor|runner)([-_.]|$)/i;

const ENDLESS = new RegExp(
  [
    String.raw`\bwhile\s*\(\s*(true|1)\s*\)`,
    String.raw`\bfor\s*\(\s*;\s*;\s*\)`,
    String.raw`\bwhile\s+(true|True|1|:)(\s|:|;|$)`,
    String.raw`\buntil\s+false\b`,
    String.raw`\bloop\s+do\b`,
    String.raw`\bDaemonRunner\b`,
    String.raw`\bextends\s+Daemon\b`,
    String.raw`\bsupervise\.sh\b`,
  ].join('|'),
  'im',
);

const STOP = '(stop|quit|done|exit|shut|terminat|cancel|interrupt|finish)';

/** `while (!$stop)`, `while not self.stopping:`, `while [ -z "$stop" ]`, `until @stop`, `while running:`. */
const UNTIL_TOLD = new RegExp(
  [
    String.raw`\bwhile\b[^\n]{0,20}?(!|\bnot\s|-z\s)\s*[\w$@.>:"'{(-]*${STOP}`,
    String.raw`\bfor\s*\([^;\n]*;\s*![\w$@.>:(-]*${STOP}`,
    String.raw`\buntil\s+[\w$@.>:"{(-]*${STOP}`,
    String.raw`\bwhile\b[\s(]*[\w$@.>:"{(-]*(running|keep_?going|alive)\b`,
  ].join('|'),
  'im',
);

/** It reacts to a stop. Otherwise such a loop may as well be a tool's search. */
const HEARS = /\bSIG(TERM|INT|QUIT)\b|\btrap\b[^\n]*\b(TERM|INT|QUIT)\b|\$SIG\{'?(TERM|INT|QUIT)\b/;
