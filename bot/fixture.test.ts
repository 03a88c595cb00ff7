/**
 * Whole threads, in and out: every fixture gives the verdicts that a person wrote down for it, from its diff alone and on the
 * tree its patch was made for, and the reply that was blessed. Its schedules replay to the same end.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { replaySchedule } from '../analyzers/explore/replay-schedule.ts';
import { documentOf } from './document.ts';
import { answerFiles, answersOf, fixtureFolder, fixtureNames, modelTree, reviewFixture } from './fixture.ts';
import type { Review } from './review.ts';
import { VerdictList } from './verdicts/verdict-list.ts';

interface Row {
  readonly answer: string;
  readonly findings: readonly {
    readonly level: string;
    readonly check: string;
    readonly entryPoint: string;
    readonly mailLine: number;
    /** The text of that mail line, without `+` or blank. */
    readonly text: string;
  }[];
  readonly notes: readonly string[];
}

/** What of a review is expected of a fixture, one row a patch. */
function rowsOf({ series }: Review): Row[] {
  return series.flatMap(({ patches }) =>
    patches.map(({ patch, verdict }) => ({
      answer: verdict.answer,
      findings: verdict.findings.map(({ level, check, entryPoint, mailLine }) => ({
        level,
        check,
        entryPoint,
        mailLine: mailLine ?? 0,
        text: (patch.message.body.split('\n')[(mailLine ?? 0) - 1] ?? '').slice(1).trim(),
      })),
      notes: verdict.notes.map(({ id }) => id),
    })),
  );
}

for (const name of fixtureNames()) {
  const read = (file: string) => readFileSync(join(fixtureFolder, name, file), 'utf8');
  test(`thread ${name}`, async (t) => {
    const expected: { readonly diff: readonly Row[]; readonly tree: readonly Row[] } = JSON.parse(
      read('expected.json'),
    );
    const from: string[] = [];
    const verdicts = new VerdictList([], (_, how) => from.push(how));
    const fromDiff = await reviewFixture(name, null, { verdicts });
    const onTree = await reviewFixture(name, modelTree, { verdicts });
    await t.test('from the diff alone', () => assert.deepEqual(rowsOf(fromDiff), expected.diff));
    await t.test('on its tree', () => assert.deepEqual(rowsOf(onTree), expected.tree));
    await t.test('reply', () => {
      const answers = answersOf(fromDiff, onTree);
      for (const { file, text } of answers)
        assert.equal(text, read(file), 'if the change is meant: npm run bless, and read the difference');
      const there = answerFiles.filter((file) => existsSync(join(fixtureFolder, name, file)));
      assert.deepEqual(
        there,
        answerFiles.filter((file) => answers.some((answer) => answer.file === file)),
      );
    });
    await t.test('schedules replay', () => {
      for (const { verdict } of [...fromDiff.series, ...onTree.series].flatMap(({ patches }) => patches)) {
        for (const finding of verdict.findings.filter(({ schedule }) => schedule !== '')) {
          const { execution, problem } = replaySchedule(finding.schedule);
          assert.equal(problem, null);
          assert.equal(execution.findLast((step) => step.kind === 'break')?.check, finding.check);
        }
      }
    });
    await t.test('what was judged is found again, and says the same', async () => {
      const judged = from.splice(0);
      const again = [
        await reviewFixture(name, null, { verdicts }),
        await reviewFixture(name, modelTree, { verdicts }),
      ] as const;
      assert.deepEqual([from, judged.includes('judged')], [judged.map(() => 'found'), true]);
      assert.deepEqual(answersOf(...again), answersOf(fromDiff, onTree));
      const printed = ({ series }: Review) => JSON.stringify(documentOf(series));
      assert.deepEqual(again.map(printed), [fromDiff, onTree].map(printed));
    });
    assert.ok(read('note.md').length > 0);
  });
}
