// Clicks on links and marks, the keyboard in the suggestions, focus and place, and the link that skips the menu.

const PATIENCE_MS = 5000;
const BACK_MS = 20000;
const STEP_MS = 50;
const SCROLLED_MS = 150;

function main() {
  return document.querySelector('[data-testid="stMain"]');
}

// Calls `ready` until it gives true, or until the patience ends.
function until(ready, patience = PATIENCE_MS) {
  const end = Date.now() + patience;
  const step = () => ready() || (Date.now() < end && setTimeout(step, STEP_MS));
  step();
}

function sorted(query) {
  const found = new URLSearchParams(query);
  found.sort();
  return found.toString();
}

// Whether the page shows what the address says, as the last element of a run tells.
function drawn() {
  const [path, ...query] = document.querySelector("footer.rk-footer")?.dataset.drawn.split("?") ?? [];
  const { pathname, search } = window.location;
  return path === pathname.split("/").pop() && sorted(query.join("?")) === sorted(search);
}

// Streamlit's own router answers `popstate` with the page of the address. `st.switch_page` would do as well, but it
// adds a second entry to the history (the old page with the new query), so that Back leads nowhere.
function open(href, stay) {
  const stays = new URL(href).pathname === window.location.pathname && stay;
  keepPlace();
  window.history.pushState({}, "", href);
  window.dispatchEvent(new PopStateEvent("popstate"));
  if (!stays) main()?.scrollTo(0, 0);
  if (stays) return;
  focusing += 1;
  until(() => drawn() && focusHeading(), BACK_MS);
}

function focusHeading() {
  const heading = main()?.querySelector("h1");
  if (heading && document.activeElement === document.body) {
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }
  return document.activeElement === heading;
}

// A run replaces what it draws anew, and the focus is lost with it: it goes to what has the same name.
let focusing = 0;

function keepFocus(element) {
  const name = element.getAttribute("aria-label") ?? element.textContent;
  const kind = element.classList.contains("rk-mark") ? ".rk-mark" : element.tagName;
  const end = Date.now() + PATIENCE_MS;
  const turn = ++focusing;
  element.focus({ preventScroll: true });
  until(() => {
    if (turn !== focusing) return true;
    if (document.activeElement === document.body) {
      const all = [...(main()?.querySelectorAll(kind) ?? [])];
      all.find((one) => (one.getAttribute("aria-label") ?? one.textContent) === name)?.focus({ preventScroll: true });
    }
    return Date.now() > end - STEP_MS;
  });
}

// Back returns to the place: how far the page of each address was scrolled. Streamlit empties the states of the history.
const places = new Map();
let restoring = false;
let timer = 0;

function keepPlace() {
  clearTimeout(timer);
  if (!restoring) places.set(window.location.href, main()?.scrollTop ?? 0);
}

function scrolled(event) {
  if (event.target !== main()) return;
  clearTimeout(timer);
  timer = setTimeout(keepPlace, SCROLLED_MS);
}

function wentBack(event) {
  clearTimeout(timer);
  const top = places.get(window.location.href);
  if (!event.isTrusted || top === undefined) return;
  restoring = true;
  let steady = 0;
  until(() => {
    if (drawn() && main()) {
      steady = Math.abs(main().scrollTop - top) < 2 ? steady + 1 : 0;
      main().scrollTop = top;
    }
    if (steady > 4) restoring = false;
    return !restoring;
  }, BACK_MS);
  setTimeout(() => (restoring = false), BACK_MS);
}

function searched(event) {
  if (!event.target.matches?.("form.rk-search")) return;
  event.preventDefault();
  const wanted = new FormData(event.target).get("q").trim();
  if (wanted) open(new URL(`./?${new URLSearchParams({ q: wanted })}`, window.location.href).href, false);
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
  skip.href = "#stMain";
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

function mark(element, verb) {
  const at = Math.max(Date.now(), (marks.at(-1)?.at ?? 0) + 1);
  const known = marks.filter((one) => one.at > at - REMEMBERED_MS);
  marks = [...known, { at, verb, film: element.dataset.film }];
  report("marks", marks);
  keepFocus(element);
}

// Stars are a slider of half stars. A press on the value that it has takes the rating back. Keys report where they rest.
const RESTED_MS = 1500;
let held = null;
let turned = null;

function starsOf(event) {
  return event.target.closest?.(".rk-stars input");
}

function light(stars) {
  stars.parentElement.style.setProperty("--rated", `${stars.value * 10}%`);
  stars.setAttribute("aria-valuetext", +stars.value ? `${stars.value / 2} of 5 stars` : "not rated");
}

function rate(stars) {
  clearTimeout(turned?.timer);
  turned = null;
  mark(stars, +stars.value ? `rate-${stars.value}` : "unrate");
}

function rated(event) {
  const stars = starsOf(event);
  if (!stars) return;
  light(stars);
  if (event.type !== "change") return;
  clearTimeout(turned?.timer);
  if (held?.stars === stars) rate(stars);
  else turned = { stars, timer: setTimeout(rate, RESTED_MS, stars) };
}

// What keys have chosen counts as soon as something else is done, too.
function left() {
  if (turned) rate(turned.stars);
}

function seized(event) {
  const stars = starsOf(event);
  held = stars && { stars, value: stars.value };
}

function released(stars) {
  const again = held?.stars === stars && held.value === stars.value && +stars.value;
  held = null;
  if (!again) return;
  stars.value = 0;
  light(stars);
  rate(stars);
}

function clicked(event) {
  const button = event.target.closest?.("button.rk-mark");
  if (button) return mark(button, button.dataset.verb);
  const stars = starsOf(event);
  if (stars) return released(stars);
  const arrow = event.target.closest?.("button.rk-arrow");
  if (arrow) {
    const row = arrow.closest(".rk-shelf").querySelector(".rk-row-of-films");
    return row.scrollBy({ left: arrow.dataset.way * row.clientWidth * 0.9, behavior: "smooth" });
  }
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
  if (link.dataset.stay) keepFocus(link);
  open(link.href, link.dataset.stay);
}

// Streamlit calls this again, without the cleanup in between, when the theme changes; it reports a click only once.
// Before the first call a mark would do nothing, so the style sheet shows the marks only once `data-rk-ready` is set.
let report = null;

export default function ({ setTriggerValue }) {
  if (!report) {
    addSkipLink();
    document.addEventListener("click", clicked);
    document.addEventListener("pointerdown", seized);
    document.addEventListener("input", rated);
    document.addEventListener("change", rated);
    document.addEventListener("focusout", left);
    document.addEventListener("keydown", pressed);
    document.addEventListener("submit", searched);
    document.addEventListener("scroll", scrolled, true);
    for (const moved of ["wheel", "touchmove", "keydown"]) document.addEventListener(moved, () => (restoring = false));
    window.addEventListener("popstate", wentBack);
    document.documentElement.dataset.rkReady = "true";
  }
  report = setTriggerValue;
}
