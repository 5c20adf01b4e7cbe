// While a trial of the policy is at work, takes its part of the page anew every two seconds.
// Without scripts the page's own refresh does the same.

const LOOK_MS = 2000;
const trial = document.getElementById("trial");
const parser = new DOMParser();

async function look() {
  const response = await fetch(location.href);
  if (response.redirected || !response.ok) throw new Error(response.status);
  const next = parser.parseFromString(await response.text(), "text/html").getElementById("trial");
  if (!next) return location.reload();
  if ("busy" in next.dataset) return step(next);
  trial.replaceChildren(...next.childNodes);
  delete trial.dataset.busy;
}

// Only the numbers change, so that a screen reader is not told the same sentence again and again.
function step(next) {
  trial.querySelector("progress").replaceWith(next.querySelector("progress"));
  trial.querySelector("[data-progress]").textContent = next.querySelector("[data-progress]").textContent;
  setTimeout(go, LOOK_MS);
}

function go() {
  look().catch(() => setTimeout(go, LOOK_MS * 3));
}

if (trial && "busy" in trial.dataset) setTimeout(go, LOOK_MS);
