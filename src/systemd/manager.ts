/** The systemd of the machine or of a user, controlled with `systemctl` as a person would. */
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { execa } from 'execa';
import { fail, ok, type Result } from '../base/result.ts';
import { unitFile } from './places.ts';

export interface Said {
  readonly failed: boolean;
  /** Its output, on one line. */
  readonly said: string;
}

export interface Systemd {
  readonly of: 'machine' | 'user';
  /** The command a person would type: `systemctl --user`. */
  readonly words: string;
  /** Where a unit of this name belongs. */
  fileOf(name: string): string;
  control(...words: readonly string[]): Promise<Said>;
  /** It is running, starting or ending. */
  isUp(name: string): Promise<boolean>;
  /** The last lines of a unit in the journal; none if that cannot be read. */
  lastLines(name: string): Promise<readonly string[]>;
}

/** Does systemd run this machine? The check of sd_booted(3). */
export const isBooted = (): boolean => existsSync('/run/systemd/system');

/** The error is a sentence: there is none here. */
export async function openSystemd(of: 'machine' | 'user'): Promise<Result<Systemd>> {
  const scope = of === 'user' ? ['--user'] : [];
  if (!isBooted())
    return fail(
      'systemd does not run this machine (a container?); `supervise systemd unit` prints the unit all the same',
    );
  const tried = await run('systemctl', [...scope, 'show-environment']);
  if (tried.failed)
    return fail(
      `systemctl ${[...scope, 'show-environment'].join(' ')}: ${tried.said}${of === 'user' ? `. ${noUsersWords()}` : ''}`,
    );
  return ok({
    of,
    words: ['systemctl', ...scope].join(' '),
    fileOf: (name) => unitFile(of, name),
    control: (...words) => run('systemctl', [...scope, ...words]),
    async isUp(name) {
      const { said } = await run('systemctl', [...scope, 'show', '--property=ActiveState', '--value', name]);
      return said !== 'inactive' && said !== 'failed';
    },
    async lastLines(name) {
      const unit = of === 'user' ? '--user-unit' : '--unit';
      const { stdout, failed } = await execa(
        'journalctl',
        ['--no-pager', '--output=cat', `--lines=${LAST_LINES}`, unit, name],
        { reject: false, stdin: 'ignore' },
      );
      return failed ? [] : stdout.split('\n');
    },
  });
}

const LAST_LINES = 8;

/** A user gets a systemd at login; su, sudo and cron are no logins. */
function noUsersWords(): string {
  const { uid, username } = userInfo();
  const folder = `/run/user/${uid}`;
  const mend =
    existsSync(`${folder}/systemd`) && process.env.XDG_RUNTIME_DIR !== folder
      ? `The systemd of ${username} is there, and this shell does not know it: export XDG_RUNTIME_DIR=${folder}, then again`
      : `No systemd of ${username} runs: log in as that user (ssh; su and sudo are no login), or have root type: loginctl enable-linger ${username}`;
  return `${mend}. For a unit of the machine ask as root`;
}

async function run(program: string, words: readonly string[]): Promise<Said> {
  const { failed, stdout, stderr, shortMessage } = await execa(program, words, { reject: false, stdin: 'ignore' });
  const said = [stderr, stdout].filter((text) => text !== '').join('; ');
  return { failed, said: (said === '' && failed ? (shortMessage ?? '') : said).replaceAll('\n', '; ') };
}
