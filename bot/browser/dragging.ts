/**
 * Drags a row of the timeline to another place, by mouse, pen or finger: by its grip, so that a finger elsewhere still scrolls.
 */
interface Dragging {
  readonly canMove: (at: number) => boolean;
  readonly move: (from: number, to: number) => void;
  /** It was not dragged anywhere. */
  readonly select: (at: number) => void;
}

export function startDragging(table: HTMLElement, { canMove, move, select }: Dragging): void {
  let from: number | null = null;
  let over: HTMLElement | null = null;
  const mark = (row: HTMLElement | null) => {
    over?.classList.remove('steps-over', 'steps-over-above');
    over = row;
    if (row === null || from === null) return;
    row.classList.add(Number(row.dataset.step) > from ? 'steps-over' : 'steps-over-above');
  };
  const end = () => {
    table.querySelector('.steps-dragged')?.classList.remove('steps-dragged');
    mark(null);
    from = null;
  };
  table.addEventListener('pointerdown', (event) => {
    const row = rowOf(event.target);
    if (row === null || event.button !== 0 || !canMove(stepOf(row))) return;
    const touch = event.pointerType === 'touch';
    // A finger drags by the number, which has the grip; elsewhere it scrolls.
    if (touch && (event.target as Element).closest('th') === null) return;
    event.preventDefault();
    from = stepOf(row);
    row.classList.add('steps-dragged');
    table.setPointerCapture(event.pointerId);
  });
  table.addEventListener('pointermove', (event) => {
    if (from === null) return;
    // Near an edge of a list that scrolls by itself, it does.
    const { top, bottom } = table.getBoundingClientRect();
    if (event.clientY < top + edge) table.scrollTop -= edge;
    else if (event.clientY > bottom - edge) table.scrollTop += edge;
    mark(rowOf(document.elementFromPoint(event.clientX, event.clientY)));
  });
  table.addEventListener('pointerup', (event) => {
    const to = rowOf(document.elementFromPoint(event.clientX, event.clientY));
    const start = from;
    end();
    if (start === null || to === null) return;
    if (stepOf(to) === start) select(start);
    else move(start, stepOf(to));
  });
  table.addEventListener('pointercancel', end);
}

/** In pixels. */
const edge = 28;

const rowOf = (target: EventTarget | null) =>
  target instanceof Element ? target.closest<HTMLElement>('tr[data-step]') : null;
const stepOf = (row: HTMLElement) => Number(row.dataset.step);
