// Single letters, only while a list has the focus: j and k move, Enter opens (the link's own), the rest presses the
// row's element with that data-key. u takes the last action back, ? lists the keys.

const typing = "input, textarea, select, [contenteditable]";

function move(list, row, step) {
  const rows = [...list.querySelectorAll("[data-row]")];
  const target = rows[rows.indexOf(row) + step] ?? row;
  const link = target?.querySelector("[data-open]");
  link?.focus();
  target?.scrollIntoView({ block: "nearest" });
}

function press(row, key) {
  const element = row?.querySelector(`[data-key="${key}"]`);
  if (!element) return false;
  element.click();
  const menu = element.closest("details");
  if (element.matches("summary") && menu.open) menu.querySelector("button, a[href], input:not([type=hidden]), select")?.focus();
  return true;
}

const actions = {
  "?": () => document.getElementById("keys").showModal(),
  u: () => document.querySelector("[data-undo]")?.click(),
  j: (list, row) => move(list, row, 1),
  k: (list, row) => move(list, row, -1),
};

function answer(event) {
  const list = event.target.closest("[data-keys]");
  if (!list || event.ctrlKey || event.metaKey || event.altKey || event.target.matches(typing)) return false;
  const row = event.target.closest("[data-row]");
  const action = actions[event.key];
  if (action) action(list, row);
  return Boolean(action) || (/^[a-z]$/.test(event.key) && press(row, event.key));
}

document.addEventListener("keydown", (event) => {
  if (answer(event)) event.preventDefault();
});
