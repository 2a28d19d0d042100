// A sketch pad that keeps its strokes, so that the last one can be taken back. What is sent is
// drawn light on dark at a fixed size, whatever the screen and the colours of the page.
const SIDE = 280;
const STEP = 8; // pixels that an arrow key moves the pen

const canvas = element.querySelector("canvas");
const width = element.querySelector("input");
const paper = document.createElement("canvas");
paper.width = paper.height = SIDE;

const drawn = paced("drawn");

let strokes = []; // each {width, points: [[x, y], …]} in 0…SIDE
let current = null;
let waiting = false;
let cursor = null; // where the pen is when it is moved with the keys: {x, y, down}

function draw(context, ink, paperColour, scale) {
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  if (paperColour) {
    context.fillStyle = paperColour;
    context.fillRect(0, 0, context.canvas.width, context.canvas.height);
  }
  context.scale(scale, scale);
  context.strokeStyle = ink;
  context.lineCap = context.lineJoin = "round";
  for (const stroke of strokes) {
    context.lineWidth = stroke.width;
    context.beginPath();
    stroke.points.forEach(([x, y], n) => (n ? context.lineTo(x, y) : context.moveTo(x, y)));
    if (stroke.points.length === 1) context.lineTo(stroke.points[0][0] + 0.01, stroke.points[0][1]);
    context.stroke();
  }
}

function paint() {
  const side = Math.max(1, Math.round(canvas.clientWidth * window.devicePixelRatio));
  if (canvas.width !== side) canvas.width = canvas.height = side;
  const colours = getComputedStyle(canvas);
  const context = canvas.getContext("2d");
  draw(context, colours.getPropertyValue("--nnfs-text"), null, side / SIDE);
  if (cursor && document.activeElement === canvas) {
    context.strokeStyle = colours.getPropertyValue("--nnfs-accent");
    context.lineWidth = cursor.down ? 4 : 2;
    context.beginPath();
    context.arc(cursor.x, cursor.y, Number(width.value) / 2 + 3, 0, 7);
    context.stroke();
  }
}

function send() {
  draw(paper.getContext("2d"), "white", "black", 1);
  drawn({ picture: strokes.length ? paper.toDataURL("image/png") : "" });
}

// At most one picture for each one the screen shows.
function changed() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    paint();
    send();
  });
}

function at(event) {
  const box = canvas.getBoundingClientRect();
  const scale = SIDE / box.width;
  return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
}

canvas.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  canvas.setPointerCapture(event.pointerId);
  cursor = null;
  current = { width: Number(width.value), points: [at(event)] };
  strokes.push(current);
  changed();
});
canvas.addEventListener("pointermove", (event) => {
  if (!current) return;
  const moves = event.getCoalescedEvents?.() ?? [];
  for (const move of moves.length ? moves : [event]) current.points.push(at(move));
  changed();
});
for (const end of ["pointerup", "pointercancel"]) {
  canvas.addEventListener(end, () => { current = null; });
}

function undo() {
  strokes.pop();
  current = null;
  if (cursor) cursor.down = false;
  changed();
}
function clear() {
  strokes = [];
  current = null;
  if (cursor) cursor.down = false;
  changed();
}
element.querySelector(".nnfs-undo").addEventListener("click", undo);
element.querySelector(".nnfs-clear").addEventListener("click", clear);

canvas.addEventListener("keydown", (event) => {
  const moves = {
    ArrowRight: [STEP, 0], ArrowLeft: [-STEP, 0], ArrowDown: [0, STEP], ArrowUp: [0, -STEP],
  };
  if (event.key === "z" && (event.ctrlKey || event.metaKey)) undo();
  else if (event.key === "Delete" || event.key === "Backspace") clear();
  else if (event.key === " ") {
    cursor ??= { x: SIDE / 2, y: SIDE / 2, down: false };
    cursor.down = !cursor.down;
    if (cursor.down) strokes.push({ width: Number(width.value), points: [[cursor.x, cursor.y]] });
    changed();
  } else if (event.key in moves) {
    cursor ??= { x: SIDE / 2, y: SIDE / 2, down: false };
    const inside = (value) => Math.min(SIDE - 4, Math.max(4, value));
    cursor.x = inside(cursor.x + moves[event.key][0]);
    cursor.y = inside(cursor.y + moves[event.key][1]);
    if (cursor.down) {
      strokes[strokes.length - 1].points.push([cursor.x, cursor.y]);
      changed();
    } else paint();
  } else return;
  event.preventDefault();
});
for (const name of ["focus", "blur"]) canvas.addEventListener(name, paint);
new ResizeObserver(paint).observe(canvas);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => setTimeout(paint));
