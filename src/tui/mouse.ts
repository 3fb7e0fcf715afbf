/** A click selects or, on a heading, sorts; the wheel scrolls what is under it. Nothing done with the mouse touches a daemon. */
import { never } from '../base/never.ts';
import { layout, type Area } from './layout.ts';
import type { Message } from './message.ts';
import { selectedRow, type Model } from './model.ts';
import { rowsIn, sortKeyAt } from './panels/list.ts';
import { moveSelection, scrollLogPane, scrollText } from './scroll.ts';
import { sortBy } from './sort.ts';

const WHEEL_ROWS = 3;

export function useMouse(model: Model, { act, x, y }: Extract<Message, { is: 'mouse' }>): Model {
  const area = layout(model).find(
    (each) => x >= each.x && x < each.x + each.width && y >= each.y && y < each.y + each.height,
  );
  if (area === undefined) return model;
  const by = act === 'wheel-up' ? -1 : 1;
  switch (area.panel) {
    case 'reading':
    case 'question':
      return act === 'click' ? model : scrollText(model, by * WHEEL_ROWS);
    case 'log':
      return act === 'click' ? { ...model, focus: 'log' } : scrollLogPane(model, by * WHEEL_ROWS);
    case 'list': {
      // A question names its subject; the selection stays on it.
      if (model.mode.is === 'asking') return model;
      if (act !== 'click') return moveSelection(model, selectedRow(model) + by);
      const row = y - area.y - (area.height - rowsIn(model, area.height));
      if (row < 0) return clickHeading(model, area, x);
      return model.top + row >= model.shown.length
        ? model
        : moveSelection({ ...model, focus: 'list' }, model.top + row);
    }
    case 'head':
    case 'filter':
    case 'divider':
    case 'detail':
    case 'told':
    case 'footer':
      return model;
    default:
      return never(area.panel);
  }
}

function clickHeading(model: Model, area: Area, x: number): Model {
  const by = sortKeyAt(model, area.width, x - area.x);
  return by === null ? model : sortBy({ ...model, focus: 'list' }, by);
}
