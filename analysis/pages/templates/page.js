// The page's own behaviour: colours, figures, tables, copying. Nothing is fetched.
const quarry = (function () {
  "use strict";
  const root = document.documentElement;
  const settings = { displayModeBar: false, responsive: true };

  // ---- light and dark: what the reader chose, else what the system says
  function remembered() {
    try { return localStorage.getItem("quarry-theme"); } catch { return null; }
  }
  function isDark() {
    return root.dataset.theme
      ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }
  if (remembered()) root.dataset.theme = remembered();

  function setUpTheme() {
    const button = document.getElementById("theme");
    const name = () => { button.textContent = isDark() ? "Light" : "Dark"; };
    const change = () => { name(); draw(); };
    button.hidden = false;
    button.setAttribute("aria-label", "Switch between light and dark");
    name();
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      try { localStorage.setItem("quarry-theme", root.dataset.theme); } catch { /* not kept */ }
      change();
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", change);
    addEventListener("beforeprint", () => { root.dataset.print = ""; draw(); });
    addEventListener("afterprint", () => { delete root.dataset.print; draw(); });
  }

  // ---- figures
  function colour(name) {
    const probe = document.body.appendChild(document.createElement("span"));
    probe.style.color = `var(--${name})`;
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  }
  function template() {
    const ink = colour("ink"), line = colour("line"), clear = "rgba(0,0,0,0)";
    const axis = {
      linecolor: ink, tickcolor: ink, gridcolor: line, zerolinecolor: line, showline: true,
      showgrid: false, zeroline: false, ticks: "outside", automargin: true, title: { standoff: 12 }
    };
    const bar = { outlinewidth: 0, thickness: 14, tickcolor: ink };
    return {
      layout: {
        autotypenumbers: "strict", colorway: LOOK.colours.map(own), paper_bgcolor: clear, plot_bgcolor: clear,
        font: { family: "system-ui, sans-serif", size: 13, color: ink }, hovermode: "closest",
        hoverlabel: { align: "left", font: { family: "system-ui, sans-serif" } },
        xaxis: axis, yaxis: axis,
        legend: { orientation: "h", x: 0, y: 0, yref: "container", yanchor: "bottom" }
      },
      data: { heatmap: [{ colorbar: bar }], scatter: [{ marker: { colorbar: bar } }] }
    };
  }
  // Words of a long text below each other, in lines of at most so many letters.
  function wrap(text, letters) {
    const lines = [""];
    for (const word of text.split(" ")) {
      const longer = `${lines.at(-1)} ${word}`.trim();
      if (longer.length <= letters || !lines.at(-1)) lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    return lines.join("<br>");
  }
  function wrapAll(values, letters) {
    return Array.isArray(values)
      ? values.map(value => typeof value === "string" ? wrap(value, letters) : value) : values;
  }
  // Titles that fit their axis; on a narrow screen also names in lines, and fewer ticks.
  function fit(data, layout, width) {
    const isNarrow = width < 600;
    const named = data.some(trace => Array.isArray(trace.y) && typeof trace.y[0] === "string");
    for (const trace of isNarrow ? data : []) {
      trace.x = wrapAll(trace.x, 12);
      if (layout.height / (trace.y ? trace.y.length : 1) > 36) trace.y = wrapAll(trace.y, 16);
    }
    for (const name of Object.keys(layout)) {
      const axis = layout[name];
      if (!/^[xy]axis/.test(name)) continue;
      if (isNarrow && axis.categoryarray) axis.categoryarray = wrapAll(axis.categoryarray, 16);
      if (isNarrow && axis.type === "log" && axis.dtick === 1) axis.dtick = 2;
      if (!axis.title || !axis.title.text) continue;
      const [start, end] = axis.domain || [0, 1];
      const room = name[0] === "x" ? width - (named ? 150 : 60) : layout.height - 120;
      axis.title.text = wrap(axis.title.text, Math.floor((end - start) * room / 8));
    }
  }
  function show(name, data, layout) {
    const place = typeof name === "string" ? document.getElementById(name) : name;
    const least = layout.meta ? layout.meta.least_width : 0;
    if (least) place.style.minWidth = `${least}px`;
    const width = "print" in root.dataset ? Math.min(640, place.clientWidth) : place.clientWidth;
    fit(data, layout, width);
    const print = "print" in root.dataset ? { width, autosize: false } : {};
    Plotly.react(place, data, { template: template(), ...layout, ...print }, settings);
  }
  // Colours that data are drawn in have a twin that is bright enough in the dark.
  function own(value) {
    if (value === LOOK.neutrals.ink) return colour("ink");
    if (value === LOOK.neutrals.pale) return colour("pale");
    return isDark() && !("print" in root.dataset) && LOOK.bright[value] || value;
  }
  function draw() {
    const known = {};
    for (const value of [...Object.values(LOOK.neutrals), ...LOOK.colours]) known[value] = own(value);
    const turned = (key, value) => (typeof value === "string" && known[value]) || value;
    for (const place of document.querySelectorAll(".plot")) {
      const plot = JSON.parse(place.nextElementSibling.textContent, turned);
      delete plot.layout.template;
      show(place, plot.data, plot.layout);
    }
    document.dispatchEvent(new Event("quarry:draw"));
  }

  // ---- figures for papers: as they stand, or as wide as a column of 8.6 cm (at 96 dots per inch)
  const FILES = [
    ["SVG", "Save as a vector file", { format: "svg" }],
    ["SVG, one column", "Save as a vector file, 8.6 cm wide", { format: "svg", width: 325, height: 260 }],
    ["PNG", "Save as a picture, four times as fine", { format: "png", scale: 4 }]
  ];
  async function save(figure, options) {
    const place = figure.querySelector(".plot");
    const own = { filename: figure.id, width: place.clientWidth, height: place.clientHeight };
    const chosen = root.dataset.theme, wasDark = isDark();
    const look = theme => {
      if (theme) root.dataset.theme = theme; else delete root.dataset.theme;
      draw();
    };
    if (wasDark) look("light");  // Paper is.
    try {
      await Plotly.downloadImage(place, { ...own, ...options });
    } finally {
      if (wasDark) look(chosen);
    }
  }
  function setUpSaving() {
    for (const figure of document.querySelectorAll("figure")) {
      const line = figure.querySelector(".source");
      if (!line || !figure.querySelector(".plot")) continue;
      for (const [name, title, options] of FILES) {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "save";
        button.textContent = name;
        button.title = title;
        button.addEventListener("click", () => save(figure, options));
        line.append(button);
      }
    }
  }

  // ---- tables: sort by a click on a heading, filter by words
  function read(cell) {
    const text = cell ? cell.textContent.trim().replace("−", "-").replace(/(\d),(?=\d{3})/g, "$1") : "";
    return [text, /^[-+]?[\d.]/.test(text) ? parseFloat(text) : NaN];
  }
  function sort(head, column, body) {
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of head.parentNode.children) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const rows = [...body.rows].map(row => [row, ...read(row.cells[column])]);
    const full = rows.filter(row => row[1] !== ""), empty = rows.filter(row => row[1] === "");
    const numbers = full.every(row => !Number.isNaN(row[2]));
    full.sort((a, b) => (down ? -1 : 1) * (numbers ? a[2] - b[2] : a[1].localeCompare(b[1])));
    body.append(...[...full, ...empty].map(row => row[0]));
  }
  function addFilter(table, body) {
    const label = document.createElement("label"), input = document.createElement("input");
    const told = document.createElement("span");
    label.className = "filter";
    input.type = "search";
    told.setAttribute("aria-live", "polite");
    label.append("Filter ", input, " ", told);
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/);
      for (const row of body.rows) {
        row.hidden = !words.every(word => row.textContent.toLowerCase().includes(word));
      }
      const n = [...body.rows].filter(row => !row.hidden).length;
      told.textContent = input.value ? `${n} of ${body.rows.length}` : "";
    });
    table.closest(".scroll").before(label);
  }
  function setUpTables() {
    for (const table of document.querySelectorAll(".scroll > table")) {
      const body = table.tBodies[0];
      if (body.rows.length < 2) continue;
      [...table.tHead.rows[0].cells].forEach((head, column) => {
        const button = document.createElement("button");
        button.type = "button";
        button.append(...head.childNodes);
        head.append(button);
        button.addEventListener("click", () => sort(head, column, body));
        head.classList.toggle("text", body.rows[0].cells[column]?.className === "text");
      });
      if (body.rows.length > 12) addFilter(table, body);
    }
  }

  // ---- copying a query
  function setUpCopying() {
    for (const button of document.querySelectorAll(".copy")) {
      const text = button.nextElementSibling;
      button.addEventListener("click", async () => {
        try {
          await navigator.clipboard.writeText(text.textContent);
          button.textContent = "Copied";
        } catch {
          getSelection().selectAllChildren(text);
          button.textContent = document.execCommand("copy") ? "Copied" : "Selected";
        }
        setTimeout(() => { button.textContent = "Copy"; }, 2000);
      });
    }
  }

  addEventListener("DOMContentLoaded", () => {
    setUpTheme();
    setUpTables();
    setUpCopying();
    setUpSaving();
    draw();
  });
  return { own, show };
})();
