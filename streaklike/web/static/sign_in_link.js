// The token of a one-time link stands after the #, so that no server and no log sees it. Here it goes into the form, and
// out of the address and the history.
const form = document.querySelector("[data-link-form]");
const paste = document.querySelector("[data-link-paste]");

function takeToken() {
  const token = location.hash.slice(1);
  if (!token) return;
  form.elements.token.value = token;
  paste.hidden = true;
  history.replaceState(null, "", location.pathname);
}

takeToken();
addEventListener("hashchange", takeToken);
