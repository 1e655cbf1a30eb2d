// A window plan as cells: which queues a window serves in a block of the day. No document in here.
// A cell is a plain object {queue id: "primary" | "helping"}; a plan is {window id: [cell per block]}.

const DAY_MINUTES = 1440;
const NEXT = { off: "primary", primary: "helping", helping: "off" };

/** Return the cells of stored entries: what the plan says, which after a window's last entry is nothing. */
export function cellsOf(entries, windows, blocks) {
  return Object.fromEntries(windows.map(({ id }) => {
    const own = entries.filter((entry) => entry.window_id === id);
    return [id, blocks.map((block) => {
      const cell = {};
      for (const entry of own) {
        if (entry.from_minute > block.from || block.from >= entry.to_minute) continue;
        const helping = entry.helping && (cell[entry.queue_id] ?? "helping") === "helping";
        cell[entry.queue_id] = helping ? "helping" : "primary";
      }
      return cell;
    })];
  }));
}

/** Return the entries that store a plan: whole days, each block going on until the next one begins. */
export function entriesOf(plan, windows, blocks) {
  const starts = [0, ...blocks.slice(1).map((block) => block.from), DAY_MINUTES];
  const entries = [];
  for (const { id } of windows) {
    const queues = new Set(plan[id].flatMap((cell) => Object.keys(cell)));
    for (const queue of queues) {
      let from = 0;
      while (from < blocks.length) {
        const role = plan[id][from][queue];
        let to = from + 1;
        while (to < blocks.length && plan[id][to][queue] === role) to += 1;
        if (role) {
          entries.push({
            window_id: id, queue_id: queue, helping: role === "helping", from_minute: starts[from], to_minute: starts[to],
          });
        }
        from = to;
      }
    }
  }
  return entries;
}

function sameCell(one, other) {
  const queues = Object.keys(one);
  return queues.length === Object.keys(other).length && queues.every((queue) => one[queue] === other[queue]);
}

/** Return the (window id, block) places where two plans differ. */
export function changesBetween(plan, draft) {
  return Object.keys(plan).flatMap((id) => plan[id].flatMap(
    (cell, block) => (sameCell(cell, draft[id][block]) ? [] : [[id, block]]),
  ));
}

/**
 * Return the draft after switching a queue in these places, what it became, and the windows left out.
 * All places get what follows the first one's state, so a mixed selection becomes one.
 */
export function switched(draft, places, queue, windows) {
  const facts = new Map(windows.map((window) => [window.id, window]));
  const able = places.filter(([id]) => facts.get(id).equipped.includes(queue));
  const unequipped = labels(places.filter(([id]) => !facts.get(id).equipped.includes(queue)), facts);
  if (!able.length) return { draft, role: null, done: 0, unequipped, full: [] };
  const [firstId, firstBlock] = able[0];
  const role = NEXT[draft[firstId][firstBlock][queue] ?? "off"];
  const full = [];
  let done = 0;
  const next = structuredClone(draft);
  for (const [id, block] of able) {
    const cell = next[id][block];
    if (role !== "off" && !(queue in cell) && Object.keys(cell).length >= facts.get(id).list_limit) {
      full.push([id, block]);
      continue;
    }
    if (role === "off") delete cell[queue];
    else cell[queue] = role;
    done += 1;
  }
  return { draft: next, role, done, unequipped, full: labels(full, facts) };
}

/** Return the draft with these places closed. */
export function emptied(draft, places) {
  const next = structuredClone(draft);
  for (const [id, block] of places) next[id][block] = {};
  return next;
}

function labels(places, facts) {
  return [...new Set(places.map(([id]) => facts.get(id).label))];
}

/** Return the (queue, block) pairs in which a queue has no primary window. */
export function uncovered(draft, queues, blocks) {
  return queues.map((queue) => ({
    queue,
    blocks: blocks.map((_, block) => block).filter(
      (block) => !Object.values(draft).some((row) => row[block][queue.id] === "primary"),
    ),
  })).filter((own) => own.blocks.length);
}

/** Return runs of following blocks that changed alike, for the review: window, from block, to block, before, after. */
export function differences(plan, draft, windows) {
  const found = [];
  for (const { id, label } of windows) {
    plan[id].forEach((before, block) => {
      const after = draft[id][block];
      if (sameCell(before, after)) return;
      const last = found.at(-1);
      if (last && last.id === id && last.to === block - 1 && sameCell(last.before, before) && sameCell(last.after, after)) {
        last.to = block;
      } else {
        found.push({ id, label, from: block, to: block, before, after });
      }
    });
  }
  return found;
}

/**
 * Return the windows whose draft ends before the day does: the plan cannot send a clerk home, so until the
 * clerk closes the window it goes on with what it served last. `from` is the first block without a queue.
 */
export function openEnded(draft, windows) {
  return windows.flatMap(({ id, label }) => {
    const last = draft[id].findLastIndex((cell) => Object.keys(cell).length);
    return last >= 0 && last < draft[id].length - 1 ? [{ label, from: last + 1 }] : [];
  });
}

/**
 * Return the draft with copied cells put down from a place on, how many, and the labels of the windows that a
 * cell was left out at: for want of equipment, for too many queues at once.
 */
export function pasted(draft, clip, [row, column], windows, blocks) {
  const next = structuredClone(draft);
  const [unequipped, full] = [new Set(), new Set()];
  let done = 0;
  clip.forEach((cells, down) => cells.forEach((cell, along) => {
    const window = windows[row + down];
    if (!window || column + along >= blocks.length) return;
    const listed = Object.keys(cell);
    if (!listed.every((queue) => window.equipped.includes(queue))) { unequipped.add(window.label); return; }
    if (listed.length > window.list_limit) { full.add(window.label); return; }
    next[window.id][column + along] = { ...cell };
    done += 1;
  }));
  return { draft: next, done, unequipped: [...unequipped], full: [...full] };
}

/**
 * Return every rule that the draft breaks: {rule, window?, queue?, block, ...}. `clerks` are lists of the queues
 * that each can serve, empty for all; without clerks only the windows count. Skills are a matter of seating:
 * as many windows must find a clerk of their own as are open.
 */
export function conflicts(draft, { windows, queues, blocks, clerks }) {
  const found = [];
  for (const window of windows) {
    draft[window.id].forEach((cell, block) => {
      const listed = Object.keys(cell);
      const unequipped = listed.filter((queue) => !window.equipped.includes(queue));
      if (unequipped.length) found.push({ rule: "equipment", window, block, queues: unequipped });
      if (listed.length > window.list_limit) found.push({ rule: "limit", window, block, n: window.list_limit });
      if (clerks.length && listed.length && !clerks.some((skills) => serves(skills, listed))) {
        found.push({ rule: "skill", window, block, queues: listed });
      }
    });
  }
  blocks.forEach((_, block) => {
    for (const queue of queues) {
      if (!windows.some(({ id }) => draft[id][block][queue.id] === "primary")) found.push({ rule: "uncovered", queue, block });
    }
    const open = windows.filter(({ id }) => Object.keys(draft[id][block]).length);
    const seated = clerks.length ? seatable(open.map(({ id }) => Object.keys(draft[id][block])), clerks) : open.length;
    if (seated < open.length) found.push({ rule: "staff", block, open: open.length, n: seated });
  });
  return found;
}

const serves = (skills, listed) => !skills.length || listed.every((queue) => skills.includes(queue));

/** Return how many lists can have a clerk of their own (Kuhn's augmenting paths). */
function seatable(lists, clerks) {
  const seatOf = new Map();
  const seat = (list, tried) => clerks.some((skills, clerk) => {
    if (tried.has(clerk) || !serves(skills, lists[list])) return false;
    tried.add(clerk);
    if (seatOf.has(clerk) && !seat(seatOf.get(clerk), tried)) return false;
    seatOf.set(clerk, list);
    return true;
  });
  return lists.filter((_, list) => seat(list, new Set())).length;
}
