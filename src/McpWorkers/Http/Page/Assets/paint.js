// The one place where the page is drawn because something happened. Any number of events make at most four drawings a second; a hidden page is
// not drawn at all, since its frames do not come. What a person does is drawn at once.

const GAP = 250;
const painters = new Map();
const dirty = new Set();
let last = -Infinity;
let isPlanned = false;

export function painter(name, paint) {
  painters.set(name, paint);
}

/** To be drawn with the next ones. */
export function soon(name) {
  dirty.add(name);
  if (!isPlanned) {
    isPlanned = true;
    setTimeout(() => requestAnimationFrame(run), Math.max(0, last + GAP - performance.now()));
  }
}

/** To be drawn now, for a person who waits. */
export function now(name) {
  dirty.delete(name);
  paint(name);
}

function run() {
  last = performance.now();
  isPlanned = false;
  const names = [...dirty];
  dirty.clear();
  names.forEach(paint);
}

function paint(name) {
  try {
    painters.get(name)();
  } catch (error) {
    // One broken part must not stop the others.
    console.error(name, error);
  }
}
