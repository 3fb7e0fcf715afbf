import { expect, test } from 'vitest';
import { METHODS } from '../../../src/control/protocol.ts';
import type { Param } from '../../../src/control/protocol.ts';
import { CODE, MAX_MESSAGE_BYTES } from '../../../src/control/wire.ts';

const INTRODUCTION = `# The control protocol

JSON-RPC 2.0 over the Unix socket \`control.sock\` in the state folder of a list: one message a line, at most ${MAX_MESSAGE_BYTES / 1024 / 1024} MiB each way.
The socket is mode 0600: its owner (and root) may speak; with [\`supervisor.socket.group\`](users.md#supervisorsocketgroup) the members of that group, too. The commands are clients of it; so may yours be. This page is made from the
table in src/control/protocol.ts; a test keeps it current.

\`\`\`
$ echo '{"jsonrpc":"2.0","id":1,"method":"status","params":{"names":["photos"]}}' | nc -U control.sock
{"jsonrpc":"2.0","id":1,"result":{"supervisor":{"pid":4242,…},"instances":[…],"resources":[]}}
\`\`\`

- **Every reply carries the id of its request**: a string or a whole number, which every request must have. Replies come in the order in
  which they are ready. A client must drop a connection that has timed out or answered out of turn, and never use it again.
- Parameters have names. What is missing, unknown or of a wrong type is refused, and nothing changes.
- A method that streams sends its items first, then its reply:
  \`{"jsonrpc":"2.0","method":"item","params":{"id":<id of the request>,"item":{…}}}\`. An item \`{"dropped":12}\` says that the reader
  was too slow and 12 items before this one were left out. To end a stream, close the connection.
- A client that closes only its sending side gets the answers that are in work, and streams with \`follow\` end.
- At most 8 requests of a connection are in work at once. At most 256 clients are connected; a newcomer takes the place of the one that
  has been idle for longest, which is told so. A client that asks and does not read is disconnected.
- What is no request is answered once, with \`"id": null\`, and the connection is closed.
- Names are never changed and never removed from results, only added. Times are ISO 8601, what is not known is null.

| code | meaning |
| --- | --- |
| ${CODE.parse} | the line is not a JSON object |
| ${CODE.invalidRequest} | it is no request, or too long, or its id is still in work |
| ${CODE.unknownMethod} | there is no such method |
| ${CODE.invalidParams} | parameters that the method does not take; the message says which, and what they must be |
| ${CODE.internal} | a bug of the supervisor |
| ${CODE.refused} | the supervisor says no; \`data.reason\` is \`no-match\` (a name matches nothing), \`stopping\` or \`invalid\` |
| ${CODE.tooLong} | the answer would be longer than a message may be: ask for fewer names |
| ${CODE.tooMany} | too many requests or clients at once |

The shapes of results are those of src/control/view.ts: \`status\` StatusView, \`why\` WhyView[], \`start\` \`stop\` \`restart\` \`shutdown\`
DeedView, \`signal\` string[], \`version\` VersionView, \`logs\` items LineView and a reply \`{ "notes": [text] }\`, \`events\` items EventView
and a reply \`{}\`, \`changes\` items ChangeView and a reply \`{}\`. A \`{"dropped":n}\` among the items of \`changes\` (other streams of the same
connection have filled it) means that the picture is no longer true: ask anew.
`;

test('docs/protocol.md says what the table of methods says', async () => {
  const sections = Object.entries(METHODS).map(([name, row]) => {
    const params = Object.entries<Param<unknown>>(row.params).map(([param, { doc, expects, fallback }]) => {
      const absent = fallback === undefined ? 'must be there' : `default \`${JSON.stringify(fallback)}\``;
      return `| \`${param}\` | ${expects.replaceAll('|', '\\|')} | ${doc} | ${absent} |`;
    });
    const table =
      params.length === 0 ? '' : `\n| parameter | is | means | |\n| --- | --- | --- | --- |\n${params.join('\n')}\n`;
    return `## ${name}\n\n${row.doc}${row.streams ? ' Streams.' : ''}\n${table}`;
  });
  await expect([INTRODUCTION, ...sections].join('\n')).toMatchFileSnapshot('../../../docs/protocol.md');
});
