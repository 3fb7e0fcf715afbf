// What the pictures show. A frame: the keys pressed, what the screen must show before it is taken, and how long it is shown. The list is
// shop/daemons.yaml, which has been running for a moment.

const CALM = [{ shows: /mailer .*looping.*legacy .*gave up/s, seconds: 3 }];

export const SCENES = [
  {
    // At the top of the README: a restart that waits for its iteration, and why something is not running.
    name: 'tui',
    columns: 100,
    rows: 30,
    frames: [
      ...CALM,
      { press: ['j', 'j'], shows: /▸● photos:2.*log photos:2.*begun/s, seconds: 2 },
      { press: ['r'], shows: /restart photos:2\?/, seconds: 3 },
      { press: ['y'], shows: /photos:2 +draining/, seconds: 2 },
      { shows: /photos:2 +(starting|running)/, seconds: 3 },
      { press: ['G', 'k'], shows: /▸! mailer.*SMTP/s, seconds: 2 },
      { press: ['w'], shows: /why mailer.*will be started again/s, seconds: 4 },
      { press: ['Escape'], shows: /▸! mailer/, seconds: 1 },
    ],
  },
  {
    name: 'wide',
    columns: 140,
    rows: 32,
    frames: [{ press: ['j', 'j'], shows: /── photos:2 ──.*log photos:2.*begun/s }],
  },
  {
    // The log, searched, over the whole screen.
    name: 'log',
    columns: 100,
    rows: 24,
    frames: [
      { press: ['j', 'l'], shows: /log photos:1.*done/s, seconds: 2 },
      { press: ['/', 'd', 'o', 'n', 'e', 'Enter'], shows: /\/done \d/, seconds: 3 },
      { press: ['n'], shows: /\/done \d/, seconds: 3 },
    ],
  },
  {
    // Two are marked, and the question says what a restart of them would mean.
    name: 'marks',
    columns: 100,
    rows: 30,
    frames: [{ press: ['j', 'Space', 'Space', 'r'], shows: /restart 2\?/ }],
  },
  { name: 'narrow', columns: 40, rows: 12, frames: [{ press: ['j'], shows: /▸● photos:1/ }] },
  {
    name: 'kill',
    columns: 100,
    rows: 30,
    frames: [{ press: ['j', 'X'], shows: /kill photos:1 now\?.*in the middle/s }],
  },
  { name: 'help', columns: 100, rows: 40, frames: [{ press: ['?'], shows: /── help ──/ }] },
];
