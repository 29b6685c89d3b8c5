// Clicks on links and marks, the keyboard in the suggestions, and the link that skips the menu.

const PATIENCE_MS = 5000;
const STEP_MS = 50;

function main() {
  return document.querySelector('[data-testid="stMain"]');
}

// Calls `ready` until it gives true, or until the patience ends.
function until(ready) {
  const end = Date.now() + PATIENCE_MS;
  const step = () => ready() || (Date.now() < end && setTimeout(step, STEP_MS));
  step();
}

// Streamlit's own router answers `popstate` with the page of the address. `st.switch_page` would do as well, but it
// adds a second entry to the history (the old page with the new query), so that Back leads nowhere.
function open(link) {
  const stays = new URL(link.href).pathname === window.location.pathname && link.dataset.stay;
  window.history.pushState({}, "", link.href);
  window.dispatchEvent(new PopStateEvent("popstate"));
  if (!stays) main()?.scrollTo(0, 0);
}

// Enter opens the first match of what is typed, also if its search is still running; the arrows move in the list.
function pressed(event) {
  const typing = event.target.closest?.('input[aria-label="Title of a film"]');
  const rows = [...document.querySelectorAll(".rk-rows .rk-row")];
  const at = rows.indexOf(document.activeElement);
  if (typing && event.key === "Enter" && typing.value.trim()) {
    const wanted = typing.value.trim();
    until(() => {
      const found = document.querySelector(".rk-rows");
      if (found?.dataset.query !== wanted) return false;
      found.querySelector(".rk-row")?.click();
      return true;
    });
  } else if ((typing || at >= 0) && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    const next = event.key === "ArrowDown" ? rows[at + 1] : rows[at - 1];
    if (next) event.preventDefault();
    next?.focus();
  }
}

// Before everything else, so that Tab reaches it first.
function addSkipLink() {
  if (document.querySelector(".rk-skip")) return;
  const skip = document.createElement("a");
  skip.className = "rk-skip";
  skip.href = "#content";
  skip.textContent = "Skip to the content";
  skip.addEventListener("click", (event) => {
    event.preventDefault();
    main()?.setAttribute("tabindex", "-1");
    main()?.focus();
  });
  document.body.prepend(skip);
}

// Marks are reported together with those of the last seconds: of two reports that reach Streamlit during one run it
// keeps only the later one. Their times tell Python which ones it knows already.
const REMEMBERED_MS = 30000;
let marks = [];

function mark(button) {
  const at = Math.max(Date.now(), (marks.at(-1)?.at ?? 0) + 1);
  const known = marks.filter((one) => one.at > at - REMEMBERED_MS);
  marks = [...known, { at, verb: button.dataset.verb, film: button.dataset.film }];
  report("marks", marks);
}

function clicked(event) {
  const button = event.target.closest?.("button.rk-mark");
  if (button) return mark(button);
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (plain && event.target.closest?.('[data-testid="stSidebarNavLink"]')) {
    // The menu of a narrow screen covers the page; Streamlit leaves it open.
    return document.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click();
  }
  const link = event.target.closest?.("a.rk-link");
  if (!link || !plain || event.defaultPrevented) return;
  event.preventDefault();
  if (link.classList.contains("rk-copy")) {
    return navigator.clipboard.writeText(link.href).then(() => link.classList.add("rk-copied"));
  }
  open(link);
}

// Streamlit calls this again, without the cleanup in between, when the theme changes; it reports a click only once.
// Before the first call a mark would do nothing, so the style sheet shows the marks only once `data-rk-ready` is set.
let report = null;

export default function ({ setTriggerValue }) {
  if (!report) {
    addSkipLink();
    document.addEventListener("click", clicked);
    document.addEventListener("keydown", pressed);
    document.documentElement.dataset.rkReady = "true";
  }
  report = setTriggerValue;
}
