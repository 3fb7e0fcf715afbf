// The page docs/faults.md from the names of the tests in test/faults: a fault, what is promised, the file that shows it. Prints it; `npm
// run generate` writes it, and a unit test checks that it is current.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';

const FOLDER = path.resolve(import.meta.dirname, '../test/faults');
const ENDING = '.test.ts';

const INTRODUCTION = `# The faults that are tested

Whatever dies, fills up or is sent: no iteration is cut by the supervisor, and no daemon is doubled, lost or orphaned in silence. Each fault
below is brought about for real, with real processes, and each sentence is the name of a test, which is in a clone and not in the package. The page is made from those names:
\`npm run generate\`.
`;

export function faultsPage() {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith(ENDING));
  return [INTRODUCTION, ...files.sort().map(sectionOf)].join('\n');
}

function sectionOf(name) {
  const file = path.join(FOLDER, name);
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const lines = namesIn(source).map(
    ({ depth, words }) => `${'  '.repeat(depth)}- ${words.replaceAll(/[<*[]/g, '\\$&')}`,
  );
  const fault = name.slice(0, -ENDING.length).replaceAll('-', ' ');
  return `## ${fault}\n\n[test/faults/${name}](../test/faults/${name})\n\n${lines.join('\n')}\n`;
}

/** The names of `describe` and `test` calls, in file order. */
function namesIn(source) {
  const found = [];
  const visit = (node, depth) => {
    const words = ts.isCallExpression(node) ? nameOf(node) : null;
    if (words !== null) found.push({ depth, words });
    ts.forEachChild(node, (child) => visit(child, words === null ? depth : depth + 1));
  };
  visit(source, 0);
  return found;
}

/** null: not such a call, or one that only makes another (`test.for(…)`). */
function nameOf({ expression, arguments: [name] }) {
  if (name === undefined || !isTest(expression)) return null;
  if (ts.isStringLiteralLike(name)) return withCases(name.text, expression);
  if (!ts.isTemplateExpression(name)) return null;
  const spans = name.templateSpans.map(({ expression: filled, literal }) => {
    // Why a test is skipped here is not part of what it promises.
    const isNote = /(^|\.)note$/.test(filled.getText());
    return `${isNote ? '' : '…'}${literal.text}`;
  });
  return withCases(`${name.head.text}${spans.join('')}`.trim(), expression);
}

/** `test`, `describe`, and their variants: `test.skipIf(…)`, `describe.for(…)`. */
function isTest(expression) {
  if (ts.isIdentifier(expression)) return expression.text === 'test' || expression.text === 'describe';
  if (ts.isCallExpression(expression))
    return ts.isPropertyAccessExpression(expression.expression) && isTest(expression.expression.expression);
  return false;
}

/** If the cases are beside the name, their words replace its `%s`. */
function withCases(text, expression) {
  if (!text.includes('%')) return text;
  const table = ts.isCallExpression(expression) ? expression.arguments[0] : undefined;
  const literal = table !== undefined && ts.isAsExpression(table) ? table.expression : table;
  const cases = literal !== undefined && ts.isArrayLiteralExpression(literal) ? literal.elements.map(firstWord) : [];
  return text.replace(/%[sdj]/, cases.includes(null) || cases.length === 0 ? '…' : cases.join(' / '));
}

function firstWord(element) {
  const first = ts.isArrayLiteralExpression(element) ? element.elements[0] : element;
  return first !== undefined && (ts.isStringLiteralLike(first) || ts.isNumericLiteral(first)) ? first.text : null;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.stdout.write(faultsPage());
