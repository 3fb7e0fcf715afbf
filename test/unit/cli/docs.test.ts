import { expect, test } from 'vitest';
import { COMMANDS } from '../../../src/cli/catalog.ts';
import type { CommandName } from '../../../src/cli/catalog.ts';
import { helpOf } from '../../../src/cli/commands/help.ts';
import { EXIT } from '../../../src/base/exit-codes.ts';

const INTRODUCTION = `# The commands

\`supervise help COMMAND\` prints the same. This page is made from the command table (src/cli/catalog.ts); a test keeps it current,
\`npx vitest run --project unit test/unit/cli/docs.test.ts -u\` writes it anew.

- The list is \`daemons.yaml\` (or \`.yml\`) in the current folder, or \`--file FILE\`. Its state folder (lock, socket, logs) is made from
  the list's id; \`--state-dir\` or \`SUPERVISE_STATE_DIR\` names another.
- NAME is a daemon (\`photos\`), an instance (\`photos:2\`), a tag (\`@media\`) or a pattern (\`'pho*'\`; \`*\` and \`?\`). What matches nothing
  is exit 2, and nothing is done.
- Commands wait until what they asked is done and show on stderr what they wait for: on a terminal in one line that is redrawn each
  second, elsewhere when it changes and every 10 s. Ctrl-C ends the waiting, not what was asked.
- The last line of a stop counts the ends: \`boundary 5 · ended by itself 2 · cut 0\`. The first are those that were known to be at
  their boundary, the second those of which nobody can know, the third those that were cut.
- \`--json\` prints the shapes of [the protocol](protocol.md) on stdout; what is said to people goes to stderr.
- Colours only on a terminal; \`NO_COLOR\` and \`FORCE_COLOR\` are honoured. On a terminal control characters of daemons are made
  harmless; a pipe gets the bytes.

| exit code | meaning |
| --- | --- |
| ${EXIT.done} | done |
| ${EXIT.trouble} | done, but an iteration was cut, something failed or did not come up; or the supervisor does not answer |
| ${EXIT.usage} | the command line or the list is wrong; nothing was changed |
| ${EXIT.nobody} | no supervisor is running |
| ${EXIT.taken} | another supervisor has the list |
| ${EXIT.bug} | a bug of supervise; please report it |
| ${EXIT.interrupted}, ${EXIT.terminated} | ended by a second SIGINT, SIGTERM; also: Ctrl-C, SIGTERM while a command waited |
`;

test('docs/commands.md says what the command table says', async () => {
  const names = Object.keys(COMMANDS) as CommandName[]; // The keys of the table.
  const sections = names.map((name) => `## ${name}\n\n\`\`\`\n${helpOf(name).join('\n')}\n\`\`\`\n`);
  await expect([INTRODUCTION, ...sections].join('\n')).toMatchFileSnapshot('../../../docs/commands.md');
});
