// What the screen above one window says of it. No page and no clock in here: the board is an argument.

const WORDS = {
  called: ["请到本窗口", "Please come to this window"],
  serving: ["正在办理", "Now serving"],
  free: ["请留意叫号", "Please wait for your number"],
  paused: ["暂停服务", "Back soon"],
  closed: ["本窗口未开放", "This window is closed"],
  gone: ["此窗口已不在大厅设置中", "This window is not in the hall's set-up any more"],
};
const KIND = {
  paused: ["工作人员暂时离开，请稍候，叫到您的号时会再显示。", "The clerk is away for a moment. Your number will be shown here when it is called."],
  closed: ["请看大厅屏幕，到叫到您的窗口办理。", "Please watch the lobby screen for the window that calls you."],
  gone: ["请联系工作人员。", "Please ask the staff."],
};

/**
 * Return {state, number, words, kind, queues, call} for a window by its label: how it stands, the number at it,
 * what to read, the queues it serves, and the call that announced the number, if the board still has it.
 */
export function signOf(board, label) {
  const own = board.windows.find((each) => each.label === label);
  const state = stateOf(own);
  const number = state === "called" || state === "serving" ? own.number : null;
  return {
    state,
    number,
    words: WORDS[state],
    kind: KIND[state] ?? null,
    queues: own ? board.queues.map((queue, place) => ({ ...queue, place })).filter((queue) => own.serves.includes(queue.prefix)) : [],
    call: number ? board.calls.find((each) => each.number === number && each.window === label) ?? null : null,
  };
}

function stateOf(own) {
  if (!own) return "gone";
  if (own.number) return own.serving ? "serving" : "called"; // also while paused: whoever was called is served
  if (own.status === "paused") return "paused";
  return own.status === "open" ? "free" : "closed";
}
