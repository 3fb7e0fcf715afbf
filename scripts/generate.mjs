// `npm run generate` (through tsx, since it imports TypeScript): writes the files and the parts of pages that are made from others.
// Unit tests say whether they are current.
//
//   from                                          to
//   the table of keys, src/config/schema.ts       daemons.schema.json, the reference in docs/list.md, man/daemons.yaml.5
//   the table of presets, src/config/presets.ts   docs/presets.md
//   the table of commands, src/cli/catalog.ts     man/supervise.1
//   the names of the tests in test/faults         docs/faults.md
//   the files in examples/comparison              docs/comparison.md
//   the table of proofs, scripts/promise.mjs      docs/promise.md
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { jsonSchema, withPresets, withReference } from '../src/config/reference.ts';
import { withComparison } from './comparison.ts';
import { faultsPage } from './faults.mjs';
import { MAN_PAGES } from './man.ts';
import { promisePage } from './promise.mjs';

const root = path.resolve(import.meta.dirname, '..');
const list = path.join(root, 'docs/list.md');
const comparison = path.join(root, 'docs/comparison.md');
const presets = path.join(root, 'docs/presets.md');

writeFileSync(path.join(root, 'daemons.schema.json'), `${JSON.stringify(jsonSchema(), null, 2)}\n`);
writeFileSync(list, withReference(readFileSync(list, 'utf8')));
writeFileSync(presets, withPresets(readFileSync(presets, 'utf8')));
writeFileSync(path.join(root, 'docs/faults.md'), faultsPage());
writeFileSync(path.join(root, 'docs/promise.md'), promisePage());
writeFileSync(comparison, withComparison(readFileSync(comparison, 'utf8')));
mkdirSync(path.join(root, 'man'), { recursive: true });
for (const [file, page] of Object.entries(MAN_PAGES)) writeFileSync(path.join(root, 'man', file), page());
