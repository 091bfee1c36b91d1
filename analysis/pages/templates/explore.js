// The explorer: unpacks the materials, filters them, draws, and says the same in SQL.
(async function () {
  const at = id => document.getElementById(id);
  const MOST_POINTS = 5000, LEAST_OF_ELEMENT = 3, HIGHEST = 12;
  const page = JSON.parse(at("page").textContent);
  const quantities = Object.fromEntries(page.quantities.map(q => [q.column, q]));

  async function unpack(packed) {
    const bytes = Uint8Array.from(atob(packed), letter => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const lines = (await new Response(stream).text()).split("\n").map(line => line.split(","));
    const number = entry => entry === "" ? NaN : Number(entry);
    const columns = page.quantities.map((q, place) => [q.column, Float64Array.from(lines[place + 2], number)]);
    return {
      formulas: lines[0], masks: lines[1].map(Number),
      elements: lines[0].map(formula => formula.match(/[A-Z][a-z]?/g)), ...Object.fromEntries(columns)
    };
  }

  const label = column => `${quantities[column].label} (${quantities[column].unit})`;
  const symbols = id => at(id).value.match(/[A-Z][a-z]?/g) || [];
  const quoted = words => `[${words.map(word => `'${word}'`).join(", ")}]`;
  const limit = id => at(id).value === "" ? null : Number(at(id).value);

  // What is chosen, as a test of a row and as conditions of SQL.
  function choose(data) {
    const x = at("x").value, y = at("y").value, all = symbols("all"), only = symbols("only");
    const source = at("source").value, bit = 2 ** page.sources.indexOf(source);
    const tests = [row => !Number.isNaN(data[x][row]) && !Number.isNaN(data[y][row])];
    const words = [page.embedded, `${x} is not null`, `${y} is not null`];
    if (all.length) {
      tests.push(row => all.every(symbol => data.elements[row].includes(symbol)));
      words.push(`contains_elements(reduced_formula, ${quoted(all)})`);
    }
    if (only.length) {
      tests.push(row => data.elements[row].every(symbol => only.includes(symbol)));
      words.push(`consists_of(reduced_formula, ${quoted(only)})`);
    }
    if (source) {
      tests.push(row => Math.floor(data.masks[row] / bit) % 2 === 1);
      words.push(`list_contains(sources, '${source}')`);
    }
    for (const [column, axis] of [[x, "x"], [y, "y"]]) {
      const least = limit(`${axis}-least`), most = limit(`${axis}-most`);
      if (least !== null) { tests.push(row => data[column][row] >= least); words.push(`${column} >= ${least}`); }
      if (most !== null) { tests.push(row => data[column][row] <= most); words.push(`${column} <= ${most}`); }
      if (at(`log-${axis}`).checked) { tests.push(row => data[column][row] > 0); words.push(`${column} > 0`); }
    }
    const rows = [];
    for (let row = 0; row < data.formulas.length; row++) if (tests.every(test => test(row))) rows.push(row);
    return { x, y, rows, words: [...new Set(words)].join("\n    and ") };
  }

  function draw(data) {
    const { x, y, rows, words } = choose(data);
    const step = Math.max(1, rows.length / MOST_POINTS);
    const shown = [];
    for (let k = 0; k < rows.length; k += step) shown.push(rows[Math.floor(k)]);
    at("told").textContent = `${rows.length.toLocaleString("en")} formulas` +
      (step > 1 ? `, of which every ${step.toFixed(1)}th is drawn, ${shown.length.toLocaleString("en")} in all` : "") +
      (rows.length ? "." : ". Choose fewer conditions, or other properties: few formulas have every one.");
    at("sql").textContent = `select reduced_formula, ${x}, ${y}\nfrom marts.material_properties\nwhere\n    ${words}\norder by ${y} desc`;
    at("medians-sql").textContent = "select element, median(value) as median, count(*) as n\nfrom (\n" +
      `    select unnest(elements) as element, ${y} as value\n    from marts.material_properties\n    where\n    ` +
      `    ${words.replaceAll("\n", "\n    ")}\n)\ngroup by element\nhaving count(*) >= ${LEAST_OF_ELEMENT}`;
    const axis = (column, name) => ({ title: { text: label(column) }, type: at(`log-${name}`).checked ? "log" : "linear" });
    quarry.show("scatter", [{
      mode: "markers",
      x: shown.map(row => data[x][row]), y: shown.map(row => data[y][row]), text: shown.map(row => data.formulas[row]),
      marker: { color: quarry.own(LOOK.colours[0]), size: shown.length > 1000 ? 4 : 6, opacity: shown.length > 1000 ? .5 : .8 }
    }], { height: 480, margin: { l: 70, r: 20, t: 10, b: 60 }, xaxis: axis(x, "x"), yaxis: axis(y, "y"), showlegend: false });
    list(data, x, y, rows);
    drawMedians(data, y, rows);
  }

  function list(data, x, y, rows) {
    const cells = (row, kind, words) => row.replaceChildren(...words.map((word, place) => {
      const cell = document.createElement(place ? kind : "th");
      if (!place && kind === "td") cell.scope = "row";
      cell.textContent = word;
      return cell;
    }));
    cells(at("highest").tHead.rows[0], "th", ["formula", label(y), label(x)]);
    const highest = [...rows].sort((a, b) => data[y][b] - data[y][a]).slice(0, HIGHEST);
    at("highest").tBodies[0].replaceChildren(...highest.map(row => {
      const line = document.createElement("tr");
      cells(line, "td", [data.formulas[row], data[y][row], data[x][row]]);
      return line;
    }));
  }

  function drawMedians(data, y, rows) {
    const values = {};
    for (const row of rows) for (const symbol of data.elements[row]) (values[symbol] ??= []).push(data[y][row]);
    const { element, group, period } = page.places;
    const known = element.map((symbol, place) => ({ symbol, place, values: values[symbol] || [] }))
      .filter(entry => entry.values.length >= LEAST_OF_ELEMENT);
    for (const entry of known) {
      const sorted = entry.values.sort((a, b) => a - b), middle = (sorted.length - 1) / 2;
      entry.median = (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
    }
    const medians = known.map(entry => entry.median), low = Math.min(...medians), high = Math.max(...medians);
    quarry.show("medians", [
      { x: group, y: period, mode: "text", text: element, hoverinfo: "skip", textfont: { size: 11 } },
      {
        x: known.map(entry => group[entry.place]), y: known.map(entry => period[entry.place]), mode: "markers+text",
        text: known.map(entry => entry.symbol), hoverinfo: "text",
        textfont: { size: 11, color: medians.map(median => median > (low + high) / 2 ? "black" : "white") },
        hovertext: known.map(entry => `${entry.symbol}: ${entry.median.toPrecision(3)} ${quantities[y].unit}, n = ${entry.values.length.toLocaleString("en")}`),
        marker: { symbol: "square", size: 30, color: medians, colorscale: "Cividis",
          colorbar: { title: { text: label(y), side: "right" } } }
      }
    ], { height: 440, showlegend: false, margin: { l: 10, r: 10, t: 10, b: 10 }, meta: { least_width: 760 },
      xaxis: { visible: false, range: [.3, 18.7] }, yaxis: { visible: false, autorange: "reversed" } });
  }

  const data = await unpack(at("packed").textContent);
  for (const id of ["x", "y"]) for (const q of page.quantities) at(id).add(new Option(label(q.column), q.column));
  for (const source of page.sources) at("source").add(new Option(source, source));
  const redraw = () => draw(data);
  function begin(preset) {
    for (const axis of ["x", "y"]) {
      at(axis).value = preset.dataset[axis];
      at(`log-${axis}`).checked = (preset.dataset.log || "").includes(axis);
      at(`${axis}-least`).value = at(`${axis}-most`).value = "";
    }
    redraw();
  }
  const presets = [...document.querySelectorAll(".presets button")];
  for (const preset of presets) preset.addEventListener("click", () => begin(preset));
  at("chooser").addEventListener("input", redraw);
  document.addEventListener("quarry:draw", redraw);
  begin(presets[0]);
  document.documentElement.dataset.explored = "";
})();
