// Moving a card by pointer or by arrow keys. Both fill in the form of the card's own menu and send it, so that a drag
// does nothing that the menu cannot do.

const threshold = 5;
let drag = null;

function moveTo(card, value, before) {
  const form = card.querySelector("form[data-move]");
  form.elements.before.value = before ?? "";
  const button = form.querySelector(`button[value="${CSS.escape(value)}"]`);
  if (button) form.requestSubmit(button);
}

function start(event) {
  const card = event.target.closest(".card[data-movable]");
  if (!card || event.button !== 0 || drag) return;
  if (event.pointerType === "touch" ? !event.target.closest(".grip") : event.target.closest(".menu, input")) return;
  const box = card.getBoundingClientRect();
  drag = { card, x: event.clientX, y: event.clientY, dx: event.clientX - box.left, dy: event.clientY - box.top };
}

function lift(event) {
  const { card } = drag;
  const box = card.getBoundingClientRect();
  drag.gap = document.createElement("li");
  drag.gap.className = "card-gap";
  drag.gap.style.height = `${box.height}px`;
  card.style.width = `${box.width}px`;
  card.before(drag.gap);
  card.classList.add("dragging");
  document.body.style.userSelect = "none";
  card.setPointerCapture(event.pointerId);
}

function follow(event) {
  if (!drag) return;
  if (!drag.gap) {
    if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < threshold) return;
    lift(event);
  }
  drag.card.style.left = `${event.clientX - drag.dx}px`;
  drag.card.style.top = `${event.clientY - drag.dy}px`;
  const column = document.elementFromPoint(event.clientX, event.clientY)?.closest(".column");
  for (const other of document.querySelectorAll(".column.over")) other.classList.toggle("over", other === column);
  column?.classList.add("over");
  if (!column) return;
  const cards = [...column.querySelectorAll(".card:not(.dragging)")];
  const next = cards.find((card) => event.clientY < card.getBoundingClientRect().top + card.offsetHeight / 2);
  const list = column.querySelector(".cards");
  if (next) next.before(drag.gap);
  else list.append(drag.gap);
}

function drop(event) {
  if (!drag) return;
  const { card, gap } = drag;
  const isDropped = gap && event.type === "pointerup";
  drag = null;
  if (!gap) return;
  const column = gap.closest(".column");
  let next = gap.nextElementSibling;
  if (next === card) next = card.nextElementSibling;
  settle(card, gap, isDropped);
  addEventListener("click", swallow, { capture: true });
  setTimeout(() => {
    removeEventListener("click", swallow, { capture: true });
    if (isDropped) moveTo(card, column.dataset.column, next?.dataset.row);
  });
}

// The click that a browser sends after a drag must not open the card's link.
function swallow(event) {
  event.preventDefault();
  event.stopPropagation();
}

function settle(card, gap, isDropped) {
  card.classList.remove("dragging");
  for (const name of ["left", "top", "width"]) card.style.removeProperty(name);
  document.body.style.removeProperty("user-select");
  for (const column of document.querySelectorAll(".column.over")) column.classList.remove("over");
  if (isDropped) gap.replaceWith(card);
  else gap.remove();
}

function arrow(event) {
  const card = event.target.closest?.(".card[data-movable]");
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!card || !step || event.target.closest(".menu-body, input") || event.ctrlKey || event.altKey || event.metaKey) return;
  const columns = [...document.querySelectorAll(".column")];
  const target = columns[columns.indexOf(card.closest(".column")) + step];
  event.preventDefault();
  if (target) moveTo(card, target.dataset.column);
}

document.addEventListener("pointerdown", start);
document.addEventListener("pointermove", follow);
document.addEventListener("pointerup", drop);
document.addEventListener("pointercancel", drop);
document.addEventListener("dragstart", (event) => { if (event.target.closest(".card")) event.preventDefault(); });
document.addEventListener("keydown", arrow);
