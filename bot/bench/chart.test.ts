/**
 * The drawing of figures: where points come to lie, and what is safe to put in a page.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { drawChart } from './chart.ts';

test('equal factors are equal heights, and every point has its mark', () => {
  const points = [10, 100, 1000].map((y, i) => [i, y] as const);
  const svg = drawChart({ title: 't', across: 'x', panels: [{ title: 'p', series: [{ name: 'one', points }] }] });
  const [, line = ''] = /<polyline [^>]*points="([^"]*)"/.exec(svg) ?? [];
  const heights = line.split(' ').map((point) => Number(point.split(',')[1]));
  assert.deepEqual(
    heights.slice(1).map((height, i) => Math.round(height - (heights[i] ?? 0))),
    [-125, -125],
  );
  assert.equal(svg.match(/class="mark /g)?.length, 3);
});

test('names are text', () => {
  const svg = drawChart({ title: '<b>&"', across: 'x', panels: [] });
  assert.ok(svg.includes('>&lt;b>&amp;&quot;</text>') && !svg.includes('<b>'));
});
