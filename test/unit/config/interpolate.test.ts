import { describe, expect, test } from 'vitest';
import { expand } from '../../../src/config/interpolate.ts';

const variables = { QUEUE: 'photos', EMPTY: '', PORT: '80' };

describe('expand', () => {
  test.each([
    ['${QUEUE}', 'photos'],
    ['a ${QUEUE} b ${PORT}', 'a photos b 80'],
    ['${EMPTY}', ''],
    ['${EMPTY:-none}', 'none'],
    ['${NOWHERE:-none}', 'none'],
    ['${NOWHERE:-}', ''],
    ['${NOWHERE:-${QUEUE}-${PORT}}', 'photos-80'],
    ['${NOWHERE:-${ALSO:-deep}}', 'deep'],
    ['${QUEUE:-none}', 'photos'],
    ['${QUEUE:?needed}', 'photos'],
    ['$$', '$'],
    ['$${QUEUE}', '${QUEUE}'],
    ['$$$${QUEUE}', '$${QUEUE}'],
    ['$$${QUEUE}', '$photos'],
    ['$QUEUE costs 5$', '$QUEUE costs 5$'],
    ['no dollar', 'no dollar'],
    ['', ''],
    ['${QUEUE:-a\nb}', 'photos'],
    ['${NOWHERE:-a\nb}', 'a\nb'],
  ])('%j is %j', (text, expected) => {
    expect(expand(text, variables)).toEqual({ text: expected, wrong: [] });
  });

  test.each([
    ['${NOWHERE}', 'NOWHERE is not set'],
    ['${NOWHERE:?set the queue}', 'NOWHERE is not set: set the queue'],
    ['${EMPTY:?set it}', 'EMPTY is not set: set it'],
    ['${NOWHERE:?}', 'NOWHERE is not set: it is needed'],
    ['${NOWHERE:-${ALSO}}', 'ALSO is not set'],
    ['${QUEUE', 'the brace of "${QUEUE" is never closed'],
    ['${}', '"${}" is not a form that is known here'],
    ['${1}', '"${1}" is not a form that is known here'],
    ['${QUEUE%.*}', '"${QUEUE%.*}" is not a form that is known here'],
    ['${QUEUE:+x}', '"${QUEUE:+x}" is not a form that is known here'],
  ])('%j is refused', (text, what) => {
    expect(expand(text, variables).wrong.map((each) => each.what)).toEqual([what]);
  });
});
