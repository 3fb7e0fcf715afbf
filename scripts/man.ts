// The man pages: supervise(1) from the table of commands, daemons.yaml(5) from that of keys. `npm run generate` writes them to man/.
import manifest from '../package.json' with { type: 'json' };
import { EXIT } from '../src/base/exit-codes.ts';
import { COMMANDS, COMMON } from '../src/cli/catalog.ts';
import type { CommandRow, OptionRow } from '../src/cli/catalog.ts';
import { NAMES, optionWords } from '../src/cli/commands/help.ts';
import { laterWords, referenceRows } from '../src/config/reference.ts';

export const MAN_PAGES = { 'supervise.1': commandsPage, 'daemons.yaml.5': listPage };

function commandsPage(): string {
  return page('SUPERVISE', 1, [
    section('NAME', [
      text('supervise - runs the daemons of a list, waits for their iteration boundary, restarts crashes'),
    ]),
    section('SYNOPSIS', ['.B supervise\n.RI [ command ]\n.RI [ option ...]\n.RI [ name ...]']),
    section('DESCRIPTION', [
      text(
        'supervise runs a YAML list of daemons: the background workers beside a web app, in any language. It starts them, keeps them running, and when it stops or restarts one it waits until the job at hand is done.',
      ),
      text('The list is daemons.yaml in the current folder, or --file FILE; its keys are in daemons.yaml(5).'),
      text(NAMES),
      text('Without a command: the terminal UI of the list here, where one runs.'),
    ]),
    section('COMMANDS', Object.entries<CommandRow>(COMMANDS).map(commandPart)),
    section('OPTIONS OF ALL COMMANDS', COMMON.map(optionPart)),
    section('EXIT STATUS', exitParts()),
    section('ENVIRONMENT', [
      tagged('SUPERVISE_STATE_DIR', 'The folder of lock, socket and logs, as --state-dir.'),
      tagged('NO_COLOR, FORCE_COLOR', 'No colours, or colours where the output is no terminal.'),
    ]),
    section('SEE ALSO', [text('daemons.yaml(5), systemd(1). supervise help COMMAND; the folder docs of the package.')]),
  ]);
}

function commandPart([name, { summary, operands, options, examples }]: readonly [string, CommandRow]): string {
  const own = options.filter((option) => !COMMON.some((common) => common === option));
  return [
    `.SS ${bold(`${name} ${operands}`.trim())}`,
    text(`${summary}.`),
    ...own.map(optionPart),
    ...examples.map(([line, meaning]) => `.PP\n${bold(line)}\n.RS\n${roff(meaning)}\n.RE`),
  ].join('\n');
}

const optionPart = (option: OptionRow): string => tagged(optionWords(option).trim(), `${option.doc}.`);

function exitParts(): readonly string[] {
  const codes: readonly (readonly [code: number | string, meaning: string])[] = [
    [EXIT.done, 'Done.'],
    [EXIT.trouble, 'Done, but something was cut, failed or did not come up.'],
    [EXIT.usage, 'The command line or the list is wrong; nothing was changed.'],
    [EXIT.nobody, 'No supervisor is running.'],
    [EXIT.taken, 'Another supervisor has the list.'],
    [EXIT.bug, 'A bug of supervise.'],
    [
      EXIT.upgrade,
      'The supervisor makes room for its new version (supervise upgrade); its guard or systemd starts that.',
    ],
    [`${EXIT.interrupted}, ${EXIT.terminated}`, 'Ended by a second SIGINT, SIGTERM.'],
  ];
  return codes.map(([code, meaning]) => tagged(String(code), meaning));
}

function listPage(): string {
  return page('DAEMONS.YAML', 5, [
    section('NAME', [text('daemons.yaml - the list of daemons that supervise runs')]),
    section('DESCRIPTION', [
      text(
        'A list of daemons, or a mapping with daemons: and more, in YAML 1.2. The shortest useful list is one line:',
      ),
      '.PP\n.nf\n\\- ./workers/photos.php\n.fi',
      text(
        'Durations have a unit (250ms, 30s, 5m, 2h, 1d), and so have sizes (10MB, 512MiB). ${VAR}, ${VAR:-default} and ${VAR:?message} are replaced from the environment that supervise is started in; $$ is a dollar. Relative paths are relative to the list. Top keys that begin with x- are free. A list with a mistake starts nothing: supervise check says what is wrong with it, all of it at once.',
      ),
    ]),
    section(
      'KEYS',
      [
        text('Keys behind a dash are those of a daemon. What holds where nothing is written stands in brackets.'),
      ].concat(
        referenceRows().map(({ key, value, otherwise, doc }) =>
          tagged(key, `${doc} ${upper(value)}.${otherwise === '' ? '' : ` [${otherwise.replaceAll('`', '')}]`}`),
        ),
      ),
    ),
    section('NOT SUPPORTED YET', [text(`Known, and refused: ${laterWords().replaceAll('`', '')}.`)]),
    section('EXAMPLE', [`.nf\n${EXAMPLE.map(roff).join('\n')}\n.fi`]),
    section('SEE ALSO', [text('supervise(1); docs/list.md of the package says more of each key.')]),
  ]);
}

const EXAMPLE = [
  'name: shop',
  'daemons:',
  '  - ./workers/imports.sh',
  '  - name: photos',
  '    script: ./workers/photos.php --queue photos',
  '    instances: 4',
  '    stop: 10m',
  '  - name: reports',
  '    command: php artisan queue:work',
  '    preset: laravel',
];

const page = (title: string, number: number, sections: readonly string[]): string =>
  `.\\" Made by "npm run generate".\n.TH ${title} ${number} "" "supervise ${manifest.version}"\n${sections.join('\n')}\n`;
const section = (title: string, parts: readonly string[]): string => `.SH ${title}\n${parts.join('\n')}`;
const text = (words: string): string => `.PP\n${roff(words)}`;
const tagged = (tag: string, words: string): string => `.TP\n${bold(tag)}\n${roff(words)}`;
const bold = (words: string): string => `\\fB${roff(words)}\\fR`;
const upper = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);

/** Words without any meaning to roff: ASCII, and no line begins with a dot. */
function roff(words: string): string {
  return words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(
      /[^\x00-\x7f]/gu,
      (letter) => `\\[u${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
    )
    .replace(/^[.']/, '\\&$&');
}
