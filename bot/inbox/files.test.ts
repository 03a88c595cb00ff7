/** A maildir, an mbox and a clone as sources: what comes, in which order, and what a second reading has left. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { gitAbsent } from '../sources/clone.ts';
import { Reading, sampleMail } from './reading.ts';
import { type SourceSettings, sourceSchema } from './settings.ts';
import type { SourceContext } from './source.ts';

const folder = mkdtempSync(join(tmpdir(), 'files-'));
after(Reading.stopAll);
after(() => rmSync(folder, { recursive: true }));
const options = { timeout: 60_000 };

const settings = (kind: string, path: string) => sourceSchema.parse({ name: 'files', kind, path, pollSeconds: 1 });
/** Polls as fast as it can. */
const sleep: SourceContext['sleep'] = () => new Promise((resolve) => setTimeout(resolve, 10));

async function whole(source: SourceSettings, context: Partial<SourceContext> = {}): Promise<Reading> {
  const reading = new Reading(source, { follow: false, ...context });
  await reading.ended;
  return reading;
}
const waitsWith = (count: number) => (reading: Reading) =>
  reading.arrivals.length >= count && reading.states.at(-1)?.kind === 'waiting';

function maildir(name: string) {
  const path = join(folder, name);
  for (const part of ['new', 'cur', 'tmp']) mkdirSync(join(path, part), { recursive: true });
  return {
    path,
    deliver: (file: string, mail: string) => {
      writeFileSync(join(path, 'tmp', file), mail);
      renameSync(join(path, 'tmp', file), join(path, 'new', file));
    },
  };
}

test('a maildir: a mail that is moved is the same mail', options, async () => {
  const { path, deliver } = maildir('moved');
  deliver('1.a.host', sampleMail('one', 'One'));
  writeFileSync(join(path, 'cur', '0.b.host:2,S'), sampleMail('zero', 'Zero'));
  writeFileSync(join(path, 'new', '.hidden'), 'no mail');
  mkdirSync(join(path, 'new', 'folder'));
  const reading = new Reading(settings('maildir', path), { sleep });
  await reading.until(waitsWith(2));
  renameSync(join(path, 'new', '1.a.host'), join(path, 'cur', '1.a.host:2,'));
  deliver('2.c.host', sampleMail('two', 'Two'));
  await reading.until(waitsWith(3));
  renameSync(join(path, 'cur', '1.a.host:2,'), join(path, 'cur', '1.a.host:2,RS'));
  deliver('3.d.host', sampleMail('three', 'Three'));
  await reading.until(waitsWith(4));
  await reading.stop();
  assert.deepEqual(reading.subjects.toSorted(), ['One', 'Three', 'Two', 'Zero']);
  assert.deepEqual(reading.failures, []);
});

test('a maildir: what came before the position is left out, but for the last hour', options, async () => {
  const { path, deliver } = maildir('position');
  for (const name of ['1', '2', '3']) deliver(name, sampleMail(name, name));
  const first = await whole(settings('maildir', path));
  assert.equal(first.arrivals.length, 3);
  const at = (hours: number) => ({ kind: 'file', path, at: `${Date.now() + hours * 3_600_000} 3` }) as const;
  assert.equal((await whole(settings('maildir', path), { from: [at(0.5)] })).arrivals.length, 3);
  assert.equal((await whole(settings('maildir', path), { from: [at(2)] })).arrivals.length, 0);
});

test('a maildir: a large mail, and a folder that is none', options, async () => {
  const { path, deliver } = maildir('large');
  deliver('1', sampleMail('large', 'Large', 'x'.repeat(1000)));
  const { arrivals } = await whole(settings('maildir', path), { limits: { mailBytesMax: 500, beginningBytes: 100 } });
  assert.deepEqual([arrivals[0]!.raw.length, arrivals[0]!.problem?.kind], [100, 'mail-too-large']);
  assert.deepEqual((await whole(settings('maildir', join(folder, 'nowhere')))).failures, ['unreadable']);
});

const inMbox = (mail: string) =>
  `From ada@example.org Tue Mar  3 09:00:00 2026\n${mail.replaceAll(/^(>*From )/gm, '>$1')}\n`;

test('an mbox: as it grows, and from where it was read to', options, async () => {
  const path = join(folder, 'growing');
  writeFileSync(path, inMbox(sampleMail('one', 'One', 'From here\n>From there\n')) + inMbox(sampleMail('two', 'Two')));
  const reading = new Reading(settings('mbox', path), { sleep });
  await reading.until(waitsWith(2));
  assert.equal(reading.arrivals[0]!.raw.toString(), sampleMail('one', 'One', 'From here\n>From there\n'));
  appendFileSync(path, inMbox(sampleMail('three', 'Three')));
  await reading.until(waitsWith(3));
  await reading.stop();
  assert.deepEqual(reading.subjects, ['One', 'Two', 'Three']);
  const again = (at: number) => whole(settings('mbox', path), { from: [reading.arrivals[at]!.position] });
  assert.deepEqual((await again(0)).subjects, ['Two', 'Three']);
  assert.deepEqual((await again(2)).subjects, []);
});

test('an mbox: another file in its place is read from the start', options, async () => {
  const path = join(folder, 'replaced');
  writeFileSync(path, inMbox(sampleMail('one', 'One')) + inMbox(sampleMail('two', 'Two')));
  const { arrivals } = await whole(settings('mbox', path));
  for (const other of [inMbox(sampleMail('new', 'New')), inMbox(sampleMail('new', 'New', 'longer\n'.repeat(99)))]) {
    writeFileSync(path, other);
    const second = await whole(settings('mbox', path), { from: [arrivals[1]!.position] });
    assert.deepEqual([second.subjects, second.problems], [['New'], ['file-replaced']]);
  }
});

test('an mbox: one mail alone, the middle of one, a large one, none', options, async () => {
  const path = join(folder, 'odd');
  const read = async (text: string) => {
    writeFileSync(path, text);
    const { arrivals } = await whole(settings('mbox', path), { limits: { mailBytesMax: 300, beginningBytes: 100 } });
    return arrivals.map(({ problem }) => problem?.kind ?? 'mail');
  };
  assert.deepEqual(await read(sampleMail('one', 'One')), ['mail']);
  assert.deepEqual(await read(`of a mail\n\n${inMbox(sampleMail('one', 'One'))}`), ['mail-cut', 'mail']);
  assert.deepEqual(await read(inMbox(sampleMail('one', 'One', 'x'.repeat(300)))), ['mail-too-large']);
  assert.deepEqual(await read(''), []);
  assert.deepEqual((await whole(settings('mbox', join(folder, 'nowhere')))).failures, ['unreadable']);
});

/** An epoch as public-inbox makes it: a commit a mail; null takes the last one out. `onto` goes on, else it is made anew. */
function epoch(path: string, mails: readonly (string | null)[], onto = false): void {
  if (!onto) {
    rmSync(path, { recursive: true, force: true });
    mkdirSync(path, { recursive: true });
    spawnSync('git', ['init', '-q', '--bare', '--initial-branch=master', path]);
  }
  const commits = mails.map((mail, at) => {
    const blob = `data ${Buffer.byteLength(mail ?? '')}\n${mail ?? ''}\n`;
    const from = onto && at === 0 ? 'from refs/heads/master^0\n' : '';
    const file = mail === null ? `D m\nM 100644 inline d\n${blob}` : `M 100644 inline m\n${blob}`;
    return `commit refs/heads/master\ncommitter Ada <ada@example.org> ${1775600000 + at * 60} +0000\ndata 0\n${from}${file}\n`;
  });
  const made = spawnSync('git', ['-C', path, 'fast-import', '--quiet', '--force'], { input: commits.join('') });
  assert.equal(made.status, 0, made.stderr.toString());
}

test('a clone: epochs in order, new ones, and a position for each', { ...options, skip: gitAbsent }, async () => {
  const path = join(folder, 'clone');
  epoch(
    join(path, '0.git'),
    ['One', 'Two', null, 'Three'].map((name) => name && sampleMail(name, name)),
  );
  const reading = new Reading(settings('git', path), { sleep });
  await reading.until(waitsWith(3));
  epoch(join(path, '1.git'), [sampleMail('four', 'Four')]);
  await reading.until(waitsWith(4));
  epoch(join(path, '1.git'), [sampleMail('five', 'Five')], true);
  await reading.until(waitsWith(5));
  await reading.stop();
  assert.deepEqual(reading.subjects, ['One', 'Two', 'Three', 'Four', 'Five']);
  const positions = reading.arrivals.map(({ position }) => position);
  const again = await whole(settings('git', path), { from: [positions[1]!, positions[3]!] });
  assert.deepEqual([again.subjects, again.problems], [['Three', 'Five'], []]);
});

test('a clone: a history that was rewritten is read from the start', { ...options, skip: gitAbsent }, async () => {
  const path = join(folder, 'rewritten');
  epoch(join(path, '0.git'), [sampleMail('one', 'One'), sampleMail('two', 'Two')]);
  epoch(join(path, '1.git'), [sampleMail('three', 'Three')]);
  const { arrivals } = await whole(settings('git', path));
  const from = [arrivals[1]!.position, arrivals[2]!.position];
  epoch(join(path, '0.git'), [sampleMail('two', 'Two'), sampleMail('new', 'New')]);
  const again = await whole(settings('git', path), { from });
  assert.deepEqual([again.subjects, again.problems], [['Two', 'New'], ['history-rewritten']]);
  const none = await whole(settings('git', folder));
  assert.deepEqual(none.failures, ['unreadable']);
});
