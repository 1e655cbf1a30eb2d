// The plan as a grid (WAI-ARIA grid pattern): one cell in the tab order, arrows move, Shift extends.

import { dayTime, h, listed, named, queueColour, say } from "./page.js";

/** Return the marks of a cell: filled for primary, outlined for helping, a word for closed. */
export function servesMarks(cell, queues) {
  const listed = queues.filter((queue) => queue.id in cell);
  if (!listed.length) return [h("span", { class: "staff-cell__closed" }, say("closed"))];
  return listed.map((queue) => {
    const colour = queueColour(queue);
    const kind = cell[queue.id] === "primary" ? `staff-serves--primary queue-badge--${colour}` : `staff-serves--helping staff-ink--${colour}`;
    return h("span", { class: `staff-serves ${kind}` }, queue.prefix);
  });
}

/** Return the same in words. */
export function servesWords(cell, queues) {
  const served = queues.filter((queue) => queue.id in cell);
  if (!served.length) return say("closed");
  return listed(served.map((queue) => `${named(queue)} ${say(cell[queue.id])}`));
}

export class PlanGrid {
  /** `onSelect(places)` is told each new selection as [window id, block] pairs. */
  constructor(container, { windows, queues, blocks, editable, onSelect }) {
    Object.assign(this, { container, windows, queues, blocks, editable, onSelect });
    this.anchor = [0, 0];
    this.focus = [0, 0];
    this.cells = [];
    this.marks = [];
    this.build();
  }

  build() {
    this.heads = this.blocks.map((block, column) => h("th", { scope: "col", role: "columnheader" }, this.editable
        ? h("button", {
          type: "button", class: "staff-grid__head", tabindex: "-1", "aria-label": say("column", { from: dayTime(block.from), to: dayTime(block.to) }),
          onclick: () => this.select([0, column], [this.windows.length - 1, column]),
        }, dayTime(block.from)) : dayTime(block.from)));
    const corner = h("th", { scope: "col", role: "columnheader", class: "staff-grid__corner" }, say("window"));
    const head = h("tr", { role: "row" }, corner, this.heads);
    const body = this.windows.map((window, row) => {
      const cells = this.blocks.map((_, column) => h("td", {
        role: "gridcell", class: "staff-cell", tabindex: row + column ? "-1" : "0", "data-row": row, "data-column": column,
      }));
      this.cells.push(cells);
      return h("tr", { role: "row" }, h("th", { scope: "row", role: "rowheader" }, this.editable
        ? h("button", {
          type: "button", class: "staff-grid__head figure", tabindex: "-1", "aria-label": say("row", { label: window.label }),
          onclick: () => this.select([row, 0], [row, this.blocks.length - 1]),
        }, window.label) : h("span", { class: "figure" }, window.label)), cells);
    });
    this.table = h("table", {
      class: "staff-grid", role: "grid", "aria-label": say("grid"), "aria-describedby": "grid-help", "aria-multiselectable": "true",
    }, h("thead", {}, head), h("tbody", {}, body));
    this.container.replaceChildren(this.table);
    this.table.addEventListener("keydown", (event) => this.key(event));
    // Screen readers put the focus on any cell, not only where the arrows lead.
    this.table.addEventListener("focusin", (event) => {
      const cell = event.target.closest(".staff-cell");
      const place = cell && [Number(cell.dataset.row), Number(cell.dataset.column)];
      if (place && String(place) !== String(this.focus)) this.select(place, place);
    });
    if (this.editable) this.listenToPointer();
  }

  listenToPointer() {
    let dragging = false;
    this.several = false; // for fingers, which scroll when they drag: the next tap ends the selection
    const placeAt = (event) => this.placeAt(event.clientX, event.clientY);
    this.table.addEventListener("pointerdown", (event) => {
      const place = placeAt(event);
      if (!place || event.button !== 0) return;
      dragging = event.pointerType !== "touch"; // a finger scrolls; it selects by tapping
      this.select(event.shiftKey || this.several === "last" ? this.anchor : place, place);
      if (this.several) this.several = this.several === "last" ? "first" : "last";
      if (dragging) event.preventDefault();
    });
    this.table.addEventListener("pointermove", (event) => {
      const place = dragging ? placeAt(event) : null;
      if (place && String(place) !== String(this.focus)) this.select(this.anchor, place);
    });
    for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => { dragging = false; });
  }

  key(event) {
    const cell = event.target.closest(".staff-cell");
    if (!cell) return;
    const [row, column] = this.focus;
    const [lastRow, lastColumn] = [this.windows.length - 1, this.blocks.length - 1];
    const whole = event.ctrlKey || event.metaKey;
    const moves = {
      ArrowUp: [row - 1, column], ArrowDown: [row + 1, column], ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1],
      Home: [whole ? 0 : row, 0], End: [whole ? lastRow : row, lastColumn], PageUp: [0, column], PageDown: [lastRow, column],
    };
    if (whole && event.key.toLowerCase() === "a") {
      event.preventDefault();
      this.select([0, 0], [lastRow, lastColumn]);
      return;
    }
    if (event.key === "Escape") { this.select(this.focus, this.focus); return; }
    const to = moves[event.key];
    if (!to) return;
    event.preventDefault();
    const place = [Math.min(Math.max(to[0], 0), lastRow), Math.min(Math.max(to[1], 0), lastColumn)];
    this.select(event.shiftKey && this.editable ? this.anchor : place, place);
  }

  /** Return the place under a point of the screen, or null. */
  placeAt(x, y) {
    const cell = document.elementFromPoint(x, y)?.closest(".staff-cell");
    return cell && this.table.contains(cell) ? [Number(cell.dataset.row), Number(cell.dataset.column)] : null;
  }

  /** Let the next two taps be the corners of a selection, until it is switched off. */
  selectSeveral(on) { this.several = on ? "first" : false; }

  /** Select the rectangle between two cells and put the focus on the second. */
  select(anchor, focus) {
    this.cells[this.focus[0]][this.focus[1]].tabIndex = -1;
    this.anchor = anchor;
    this.focus = focus;
    const cell = this.cells[focus[0]][focus[1]];
    cell.tabIndex = 0;
    cell.focus();
    this.showSelection();
    this.onSelect(this.places());
  }

  /** Return the selected places, the one where the selection began first. */
  places() {
    const [rows, columns] = [0, 1].map((axis) => [this.anchor[axis], this.focus[axis]].sort((a, b) => a - b));
    const found = [];
    for (let row = rows[0]; row <= rows[1]; row += 1) {
      for (let column = columns[0]; column <= columns[1]; column += 1) found.push([this.windows[row].id, column]);
    }
    const first = found.findIndex(([id, column]) => id === this.windows[this.anchor[0]].id && column === this.anchor[1]);
    return [...found.splice(first, 1), ...found];
  }

  showSelection() {
    const chosen = new Set(this.places().map(String));
    this.each((cell, id, column) => cell.setAttribute("aria-selected", String(chosen.has(String([id, column])))));
  }

  each(visit) {
    this.cells.forEach((cells, row) => cells.forEach((cell, column) => visit(cell, this.windows[row].id, column, row)));
  }

  /** Return the rectangle that is selected: rows and columns, both ends included. */
  corners() {
    return [0, 1].map((axis) => [this.anchor[axis], this.focus[axis]].sort((a, b) => a - b));
  }

  /**
   * Show a plan; cells that differ from `held` are marked as changed, and `broken` maps "row,column" to
   * why a cell breaks a rule, "column" to why a whole hour does.
   */
  show(plan, held, broken = new Map()) {
    this.each((cell, id, column, row) => {
      const now = plan[id][column];
      const before = held[id][column];
      const changed = JSON.stringify(Object.entries(now).sort()) !== JSON.stringify(Object.entries(before).sort());
      const why = broken.get(`${row},${column}`) ?? "";
      const seen = JSON.stringify([now, changed, why]);
      if (cell.dataset.seen === seen) return;
      cell.dataset.seen = seen;
      cell.replaceChildren(...servesMarks(now, this.queues));
      cell.classList.toggle("staff-cell--changed", changed);
      cell.classList.toggle("staff-cell--conflict", Boolean(why));
      const block = this.blocks[column];
      const words = say("cell", { window: this.windows[row].label, from: dayTime(block.from), to: dayTime(block.to), serves: servesWords(now, this.queues) });
      const marks = [changed ? say("changed_cell") : "", why ? say("conflict_cell", { why }) : ""].filter(Boolean);
      cell.setAttribute("aria-label", marks.length ? `${words} (${marks.join("; ")})` : words);
      cell.title = [servesWords(now, this.queues), why].filter(Boolean).join("\n");
    });
    this.heads.forEach((head, column) => {
      const why = broken.get(String(column)) ?? "";
      head.classList.toggle("staff-grid__conflict", Boolean(why));
      head.title = why;
    });
    if (this.editable) this.showSelection();
  }
}
