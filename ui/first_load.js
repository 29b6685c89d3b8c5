(() => {
  // The first request for a session of Streamlit brings the member's token, so that the first run is the member's. It
  // is read once, and nothing else gets it: the cookie has the path of that request and lives for a minute.
  try {
    const token = localStorage.getItem("reelkin.token") ?? "";
    const path = location.pathname.replace(/[^/]*$/, "_stcore/stream");
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `reelkin_token=${token}; path=${path}; max-age=${token ? 60 : 0}; samesite=strict${secure}`;
  } catch (error) {
    console.info("Nothing is kept:", error);
  }
  // Shows the page once its first films, or what stands for them, have been in their places for a moment.
  const FIRST = ".rk-wall, .rk-shelf, .rk-neighbours, .rk-similarity, .rk-rows, .rk-figures, footer.rk-footer";
  const WAITING = '[data-testid="stSkeleton"], [data-testid="stSpinner"]';
  const STEP_MS = 40, STEADY = 3, PATIENCE_MS = 10000;
  const end = Date.now() + PATIENCE_MS;
  let height = -1, steady = 0;
  const shown = new Promise((show) => {
    const look = () => {
      const main = document.querySelector('[data-testid="stMain"]');
      const stands = main?.querySelector(FIRST) && !main.querySelector(WAITING);
      steady = stands && main.scrollHeight === height ? steady + 1 : 0;
      height = main?.scrollHeight;
      if (steady < STEADY && Date.now() < end) return setTimeout(look, STEP_MS);
      document.documentElement.dataset.shown = "true";
      show();
    };
    look();
  });
  // Streamlit loads its font of icons as early as it can. It is large, so it comes after the films.
  const load = document.fonts.load.bind(document.fonts);
  document.fonts.load = (font, ...rest) => (font.includes("Material Symbols") ? shown : Promise.resolve()).then(() => load(font, ...rest));
})();
