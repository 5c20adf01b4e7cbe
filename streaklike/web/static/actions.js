// Submits a form without leaving the page: send it, take the answer's main part and news, keep focus and scroll.
// Every form works without this file; forms marked data-full reload the page.

document.documentElement.classList.add("js");

const parser = new DOMParser();

function remember() {
  const row = document.activeElement?.closest("[data-row]");
  const rows = row ? [...row.parentElement.querySelectorAll(":scope > [data-row]")] : [];
  return {
    row: row?.dataset.row,
    following: rows.slice(rows.indexOf(row) + 1).concat(rows).map((other) => other.dataset.row),
    id: document.activeElement?.id,
    scrolls: [...document.querySelectorAll("[data-keep-scroll]")].map((element) => [element.id, element.scrollLeft]),
    open: [...document.querySelectorAll("details[id][open]:not(.menu)")].map((element) => element.id),
  };
}

function recall(place) {
  for (const [id, left] of place.scrolls) document.getElementById(id)?.scrollTo({ left, behavior: "instant" });
  for (const id of place.open) document.getElementById(id)?.setAttribute("open", "");
  const rows = new Map([...document.querySelectorAll("[data-row]")].map((row) => [row.dataset.row, row]));
  const key = [place.row, ...place.following].find((row) => rows.has(row));
  const target = (place.id && document.getElementById(place.id)) || rows.get(key)?.querySelector("[data-open]");
  const conflict = document.querySelector("[data-stale] h1");
  (conflict || target || document.getElementById("main")).focus({ preventScroll: !conflict });
  if (conflict) scrollTo(0, 0);
}

function take(text) {
  const page = parser.parseFromString(text, "text/html");
  const place = remember();
  document.getElementById("main").replaceChildren(...page.getElementById("main").childNodes);
  document.getElementById("news").replaceChildren(...(page.getElementById("news")?.childNodes ?? []));
  document.title = page.title;
  recall(place);
  document.dispatchEvent(new CustomEvent("page:taken"));
}

const pauses = [500, 2000];
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// Where the answer is lost, the very same form goes again, key and all: the server carries a key out once, and answers a
// repetition with what it answered first.
async function post(action, body) {
  for (const pause of pauses) {
    try {
      const response = await fetch(action, { method: "POST", body });
      return { response, text: await response.text() };
    } catch {
      await wait(pause);
    }
  }
  const response = await fetch(action, { method: "POST", body });
  return { response, text: await response.text() };
}

async function send(form, submitter) {
  const { response, text } = await post(form.action, new FormData(form, submitter));
  take(text);
  if (response.redirected) history.replaceState(null, "", response.url);
}

// The browser's own way shows its own words where nothing can be reached. It forgets which button was pressed.
function leave(form, submitter) {
  if (submitter?.name) {
    const field = Object.assign(document.createElement("input"), { type: "hidden", name: submitter.name, value: submitter.value });
    form.append(field);
  }
  form.submit();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("data-full")) return;
  event.preventDefault();
  if (form.dataset.busy) return;
  form.dataset.busy = "1";
  send(form, event.submitter).catch(() => leave(form, event.submitter)).finally(() => delete form.dataset.busy);
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens).showModal();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.activeElement?.closest("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
