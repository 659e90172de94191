/** An EVSE's ink as a canvas fill: the colour, with hatch or dots where colours come again. */
import type { Ink } from './palette';

const TILE_PX = 8;
const MARK = 'rgb(0 0 0 / 0.4)';

export function fillOf(ink: Ink | undefined): () => CanvasPattern | string {
  const style = ink === undefined || ink.pattern === 'solid' ? undefined : patternOf(ink);
  return () => style ?? ink?.colour ?? 'gray';
}

function patternOf(ink: Ink): CanvasPattern | undefined {
  const tile = document.createElement('canvas');
  tile.width = TILE_PX;
  tile.height = TILE_PX;
  const pen = tile.getContext('2d');
  if (pen === null) return undefined;
  pen.fillStyle = ink.colour;
  pen.fillRect(0, 0, TILE_PX, TILE_PX);
  pen.strokeStyle = MARK;
  pen.fillStyle = MARK;
  pen.lineWidth = 2;
  if (ink.pattern === 'dots') pen.fillRect(3, 3, 2.5, 2.5);
  else {
    for (const shift of [-TILE_PX, 0, TILE_PX]) {
      pen.beginPath();
      pen.moveTo(shift, TILE_PX);
      pen.lineTo(shift + TILE_PX, 0);
      pen.stroke();
    }
  }
  return pen.createPattern(tile, 'repeat') ?? undefined;
}
