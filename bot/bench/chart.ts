/**
 * Line charts with a logarithmic height, as SVG by hand: one below the other over the same numbers, readable on light and on dark
 * pages.
 */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

interface Panel {
  readonly title: string;
  readonly series: readonly Series[];
}

export interface Chart {
  readonly title: string;
  readonly across: string;
  readonly panels: readonly Panel[];
}

const size = { width: 720, top: 58, panel: 250, gap: 56, left: 74, right: 86, bottom: 52 } as const;
const inner = size.width - size.left - size.right;

/** On its own page, light or dark as the reader's is; shapes tell series apart where colours do not. */
const style = `
  .page { fill: #ffffff; }
  text { font: 13px system-ui, sans-serif; fill: #24292f; }
  .title { font-size: 16px; font-weight: 600; }
  .panel { font-weight: 600; }
  .grid { stroke: #d0d7de; stroke-width: 1; }
  .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
  .c0 { stroke: #0969da; } .c1 { stroke: #bc4c00; } .c2 { stroke: #1a7f37; } .c3 { stroke: #8250df; }
  .mark { stroke: none; }
  .mark.c0 { fill: #0969da; } .mark.c1 { fill: #bc4c00; } .mark.c2 { fill: #1a7f37; } .mark.c3 { fill: #8250df; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; }
    text { fill: #e6edf3; }
    .grid { stroke: #3d444d; }
    .c0 { stroke: #58a6ff; } .c1 { stroke: #f0883e; } .c2 { stroke: #56d364; } .c3 { stroke: #bc8cff; }
    .mark.c0 { fill: #58a6ff; } .mark.c1 { fill: #f0883e; } .mark.c2 { fill: #56d364; } .mark.c3 { fill: #bc8cff; }
  }
`;

export function drawChart({ title, across, panels }: Chart): string {
  const xs = [...new Set(panels.flatMap(({ series }) => series.flatMap(({ points }) => points.map(([x]) => x))))];
  xs.sort((a, b) => a - b);
  const height = size.top + panels.length * size.panel + (panels.length - 1) * size.gap + size.bottom;
  const drawn = panels.map((panel, i) => drawPanel(panel, xs, size.top + i * (size.panel + size.gap)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${height}" width="${size.width}" height="${height}" role="img" aria-label="${escaped(title)}">`,
    `<style>${style}</style>`,
    `<rect class="page" width="${size.width}" height="${height}"/>`,
    `<text class="title" x="${size.left}" y="24">${escaped(title)}</text>`,
    ...drawn,
    `<text x="${size.left + inner / 2}" y="${height - 10}" text-anchor="middle">${escaped(across)}</text>`,
    '</svg>',
    '',
  ].join('\n');
}

function drawPanel({ title, series }: Panel, xs: readonly number[], top: number): string {
  const ys = series.flatMap(({ points }) => points.map(([, y]) => y)).filter((y) => y > 0);
  const least = Math.floor(Math.log10(Math.min(...ys)));
  const most = Math.max(least + 1, Math.ceil(Math.log10(Math.max(...ys))));
  const [first = 0, last = 1] = [xs[0], xs.at(-1)];
  const atX = (x: number) => size.left + ((x - first) / Math.max(1, last - first)) * inner;
  const atY = (y: number) => top + size.panel * (1 - (Math.log10(y) - least) / (most - least));
  const decades = Array.from({ length: most - least + 1 }, (_, i) => least + i);
  return [
    `<text class="panel" x="${size.left}" y="${top - 12}">${escaped(title)}</text>`,
    ...decades.map((decade) => {
      const y = round(atY(10 ** decade));
      const line = `<line class="grid" x1="${size.left}" x2="${size.left + inner}" y1="${y}" y2="${y}"/>`;
      return `${line}<text x="${size.left - 8}" y="${y + 4}" text-anchor="end">${powerOfTen(decade)}</text>`;
    }),
    ...xs.map((x) => `<text x="${round(atX(x))}" y="${top + size.panel + 18}" text-anchor="middle">${x}</text>`),
    ...series.map((one, i) => drawSeries(one, `c${i % 4}`, { atX, atY, shape: shapes[i % shapes.length] ?? circle })),
  ].join('\n');
}

interface Scale {
  readonly atX: (x: number) => number;
  readonly atY: (y: number) => number;
  readonly shape: (x: number, y: number) => string;
}

function drawSeries({ name, points }: Series, colour: string, { atX, atY, shape }: Scale): string {
  const placed = points.map(([x, y]) => [round(atX(x)), round(atY(y))] as const);
  const [x = 0, y = 0] = placed.at(-1) ?? [];
  return [
    `<polyline class="line ${colour}" points="${placed.map((point) => point.join()).join(' ')}"/>`,
    ...placed.map((point) => `<path class="mark ${colour}" d="${shape(...point)}"/>`),
    `<text x="${x + 10}" y="${y + 4}">${escaped(name)}</text>`,
  ].join('\n');
}

const circle = (x: number, y: number) => `M${x - 4},${y}a4,4 0 1,0 8,0a4,4 0 1,0 -8,0z`;
const square = (x: number, y: number) => `M${x - 3.5},${y - 3.5}h7v7h-7z`;
const triangle = (x: number, y: number) => `M${x},${y - 5}l4.5,8h-9z`;
const diamond = (x: number, y: number) => `M${x},${y - 5}l5,5l-5,5l-5,-5z`;
const shapes = [circle, square, triangle, diamond];

const round = (number: number) => Math.round(number * 10) / 10;
const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');

/** 0.01, 1, 100, 1 k, 10 M */
function powerOfTen(decade: number): string {
  if (decade < 0) return (10 ** decade).toFixed(-decade);
  const [power, unit] = decade < 3 ? [decade, ''] : decade < 6 ? [decade - 3, ' k'] : [decade - 6, ' M'];
  return `${10 ** power}${unit}`;
}
