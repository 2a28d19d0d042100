// One stop of the Tab key for all pictures; the arrow keys go from one to the next.
const COLUMNS = 10;
const MOVES = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS };

const pick = paced("pick");
const buttons = () => [...element.querySelectorAll(".nnfs-gallery button")];

element.addEventListener("click", (event) => {
  const button = event.target.closest(".nnfs-gallery button");
  if (!button) return;
  buttons().forEach((other) => {
    other.setAttribute("aria-pressed", String(other === button));
    other.tabIndex = other === button ? 0 : -1;
  });
  pick({ index: Number(button.dataset.index) });
});

element.addEventListener("keydown", (event) => {
  const all = buttons();
  const at = all.indexOf(document.activeElement);
  if (at < 0) return;
  const ends = { Home: 0, End: all.length - 1 };
  const to = event.key in ends ? ends[event.key] : at + (MOVES[event.key] ?? NaN);
  if (!all[to]) return;
  event.preventDefault();
  all[at].tabIndex = -1;
  all[to].tabIndex = 0;
  all[to].focus();
});
