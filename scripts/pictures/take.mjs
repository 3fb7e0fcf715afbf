// `npm run pictures`: drives the built program in a real terminal (tmux) and writes docs/pictures/*.svg. Times and pids are
// those of the run, so the files differ each time.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SCENES } from './scenes.mjs';
import { toSvg } from './svg.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const program = path.join(root, 'dist/cli/main.js');
const pictures = path.join(root, 'docs/pictures');
const list = path.join(import.meta.dirname, 'shop/daemons.yaml');
const folder = mkdtempSync(path.join(tmpdir(), 'supervise-pictures-'));
const env = {
  ...process.env,
  SUPERVISE_STATE_DIR: path.join(folder, 'state'),
  LANG: 'C.UTF-8',
  TERM: 'xterm-256color',
};

const HAND_MS = 400;

mkdirSync(pictures, { recursive: true });
const supervisor = spawn(process.execPath, [program, 'start', '--file', list], { env, stdio: 'ignore' });
try {
  await until(/"state":"running"/, () => run('status', '--json').stdout);
  for (const scene of SCENES) {
    writeFileSync(path.join(pictures, `${scene.name}.svg`), toSvg(await record(scene), scene));
    console.log(`docs/pictures/${scene.name}.svg`);
  }
} finally {
  const ended = once(supervisor, 'exit');
  if (run('stop', '--now').status !== 0) supervisor.kill('SIGTERM');
  await ended;
  rmSync(folder, { recursive: true, force: true });
}

function run(...args) {
  return spawnSync(process.execPath, [program, ...args, '--file', list], { env, encoding: 'utf8' });
}

/** Opens the screen, presses the keys of the scene, and takes a frame whenever the screen shows what is awaited. */
async function record({ name, columns, rows, frames }) {
  // A separate server: the previous scene's may not be gone yet.
  const socket = path.join(folder, `${name}.tmux`);
  const tmux = (...args) => execFileSync('tmux', ['-u', '-S', socket, ...args], { env, encoding: 'utf8' });
  const screen = [process.execPath, program, 'tui', '--file', list].map((word) => `'${word}'`).join(' ');
  tmux('-f', '/dev/null', 'new-session', '-d', '-x', String(columns), '-y', String(rows), screen);
  try {
    const look = () => tmux('capture-pane', '-p');
    await until(/daemons\.yaml +pid/, look);
    const taken = [];
    for (const { press = [], shows, seconds = 1 } of frames) {
      // At the pace of a hand: the screen takes faster keys for a paste.
      for (const key of press) {
        await delay(HAND_MS);
        tmux('send-keys', ...(key.length === 1 ? ['-l', key] : [key]));
      }
      await until(shows, look);
      taken.push({ text: tmux('capture-pane', '-e', '-p'), seconds });
    }
    return taken;
  } finally {
    spawnSync('tmux', ['-S', socket, 'kill-server']);
  }
}

async function until(shows, look) {
  const end = Date.now() + 60_000;
  for (let text = look(); !shows.test(text); text = look()) {
    if (Date.now() > end) throw new Error(`it does not show ${shows}:\n${text}`);
    await delay(100);
  }
}
