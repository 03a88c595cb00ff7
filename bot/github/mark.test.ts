import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conclusionOf, isCommitOf, stateOf } from './mark.ts';

test('a commit is a patch’s where a trailer holds its Message-ID, whole', () => {
  const commit = (line: string) => `ftrace: x\n\nText.\n\nSigned-off-by: A <a@example.org>\n${line}\n`;
  for (const line of [
    'Link: https://lore.kernel.org/r/1+2@example.org',
    'Link: https://patch.msgid.link/1%2B2%40example.org/ # v2',
    'Message-ID: <1+2@example.org>',
  ])
    assert.ok(isCommitOf(commit(line), '1+2@example.org'), line);
  for (const line of [
    'Link: https://lore.kernel.org/r/11+2@example.org',
    'Closes: https://x/1+2@example.org',
    'Link: %',
  ])
    assert.ok(!isCommitOf(commit(line), '1+2@example.org'), line);
  assert.ok(!isCommitOf('ftrace: x\n\nMessage-ID: <1@example.org>\n\nAcked-by: A', '1@example.org'), 'in its text');
});

test('no red over a finding unless it was asked for, and no green', () => {
  const mark = { messageId: 'a@b', text: 't', url: 'u', said: 'finding' } as const;
  assert.deepEqual([stateOf(mark, false), conclusionOf(mark, false)], ['pending', 'neutral']);
  assert.deepEqual([stateOf(mark, true), conclusionOf(mark, true)], ['failure', 'failure']);
  assert.equal(stateOf({ ...mark, said: 'holds' }, true), 'success');
});
