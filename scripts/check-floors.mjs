// The floors of the house (CONTRIBUTING.md): which room may import which. Checks the import lines of src/ against a table.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const src = path.resolve(import.meta.dirname, '../src');

/** Room -> rooms it may import from, besides itself. */
const MAY_IMPORT = {
  base: [],
  native: [],
  daemon: [],
  'supervisor/lifecycle': ['base'],
  config: ['base'],
  logs: ['base'],
  control: ['base'],
  systemd: ['base', 'native'],
  supervisor: ['base', 'native', 'supervisor/lifecycle', 'config', 'logs', 'control', 'systemd'],
  tui: ['base', 'control'],
  cli: ['base', 'native', 'supervisor', 'config', 'logs', 'control', 'systemd', 'tui'],
};

/** Package -> the files that may import it (a folder stands for all files in it). */
const HOMES = {
  yaml: ['config'],
  execa: ['supervisor/world', 'config', 'systemd'],
  chokidar: ['supervisor/world/watch.ts'],
  blessed: ['tui/paint.ts'],
  koffi: ['native'],
  'string-argv': ['config'],
};

/** Within a floor, restrictions beyond the table: lifecycle may use only these two files of base. */
const LIFECYCLE_BASE = ['base/never.ts', 'base/result.ts'];

const roomOf = (file) => (file.startsWith('supervisor/lifecycle/') ? 'supervisor/lifecycle' : file.split('/')[0]);
const wrong = [];

for (const entry of readdirSync(src, { recursive: true })) {
  if (!entry.endsWith('.ts')) continue;
  const room = roomOf(entry);
  const text = readFileSync(path.join(src, entry), 'utf8');
  for (const [statement, target] of text.matchAll(
    /(?:^(?:import|export)\b[^;]*?\bfrom|^import|\bimport\()\s*'([^']+)'/gm,
  )) {
    if (target.startsWith('node:')) {
      if ((room === 'base' || room === 'supervisor/lifecycle') && !statement.startsWith('import type'))
        wrong.push(`${entry}: ${room} is pure and imports '${target}'`);
      continue;
    }
    if (!target.startsWith('.')) {
      const homes = HOMES[target.split('/')[0]];
      if (homes && !homes.some((home) => entry === home || entry.startsWith(`${home}/`)))
        wrong.push(`${entry}: '${target}' lives in ${homes.join(', ')} only`);
      continue;
    }
    const file = path.relative(src, path.resolve(src, path.dirname(entry), target));
    const to = roomOf(file);
    if (to === room) continue;
    if (!MAY_IMPORT[room]?.includes(to)) wrong.push(`${entry}: ${room} may not import ${to} ('${target}')`);
    if (room === 'supervisor/lifecycle' && !LIFECYCLE_BASE.includes(file))
      wrong.push(`${entry}: lifecycle takes only ${LIFECYCLE_BASE.join(' and ')} from base`);
  }
}

for (const line of wrong) console.error(line);
if (wrong.length > 0) process.exit(1);
