// Makes the report react: charts by ECharts in place of the drawings, tables that sort, buttons that download.
//
// The page is whole without this script: the drawings (SVG) and tables are there, and paper shows them. Everything
// it draws comes from the data elements that chart_data.cc writes; it computes nothing. A shop's names are text
// wherever they go: they are never taken for HTML.
'use strict';
(() => {
  const texts = JSON.parse(document.querySelector('script.texts').textContent);
  const style = getComputedStyle(document.documentElement);
  const font = getComputedStyle(document.body).fontFamily;

  /** @param {string} name of a colour of style.css, such as "s1" */
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();

  // ---- charts -------------------------------------------------------------------------------------------

  /** An axis with the ticks, the labels and the range of the drawing. */
  function axis(data, isHorizontal) {
    const labels = new Map(data.ticks);
    const places = data.ticks.map(([value]) => value);
    return {
      type: 'value', min: data.low, max: data.high,
      name: data.title, nameLocation: isHorizontal ? 'middle' : 'end', nameGap: isHorizontal ? 28 : 12,
      nameTextStyle: { align: isHorizontal ? 'center' : 'left', color: colour('soft') },
      nameMoveOverlap: false,
      axisLine: { show: isHorizontal, onZero: false, lineStyle: { color: colour('soft') } },
      axisTick: { show: isHorizontal, customValues: places },
      axisLabel: { customValues: places, hideOverlap: true, color: colour('soft'),
        formatter: (value) => labels.get(value) ?? '' },
      splitLine: { show: !isHorizontal, lineStyle: { color: colour('line') } },
      interval: places.length > 1 ? places[1] - places[0] : undefined,
    };
  }

  /** Lines from low to high at every x, as one line with gaps. */
  const whiskers = (points) => points.flatMap(([x, , , low, high]) => [[x, low], [x, high], ['-', '-']]);

  /** What ECharts draws for one series of the data; a band takes two. */
  function series(one) {
    const ink = colour(one.colour);
    const plain = one.points.map(([x, y]) => [x, y]);
    const line = { name: one.name, type: 'line', data: plain, showSymbol: one.points.length < 40, symbolSize: 5,
      itemStyle: { color: ink }, lineStyle: { color: ink, width: 2 } };
    switch (one.kind) {
      case 'columns':
        return [{ name: one.name, type: 'bar', stack: 'columns', barWidth: '80%', data: plain,
          itemStyle: { color: ink } }];
      case 'dots':
        return [{ name: one.name, type: 'scatter', symbolSize: 9, data: plain, itemStyle: { color: ink } }];
      case 'dashes':
        return [{ ...line, showSymbol: false, lineStyle: { color: ink, width: 1.5, type: 'dashed' } }];
      case 'whiskers':
        return [{ ...line, data: whiskers(one.points), showSymbol: false, silent: true,
          lineStyle: { color: ink, width: 1.5, opacity: 0.6 } }];
      case 'band': {
        const part = { ...line, stack: one.name, showSymbol: false, silent: true, lineStyle: { opacity: 0 } };
        return [{ ...part, data: one.points.map(([x, , , low]) => [x, low]) },
          { ...part, data: one.points.map(([x, , , low, high]) => [x, high - low]),
            areaStyle: { color: ink, opacity: 0.2 } }];
      }
      default: return [line];
    }
  }

  /** The words of everything at one x: what a pointer over the chart is told. */
  function wordsAt(data, x) {
    const at = data.at.find(([value]) => value === x);
    const lines = data.series.filter((one) => one.name).flatMap((one) => one.points
      .filter((point) => point[0] === x).map((point) => `${one.name}: ${point[2]}`));
    return [at ? at[1] : '', ...lines].join('\n');
  }

  const tooltip = (trigger, formatter) => ({
    trigger, formatter, renderMode: 'richText', confine: true, axisPointer: { type: 'line', snap: true },
    textStyle: { fontFamily: font, fontSize: 13, color: colour('ink') },
  });

  /** Points on two axes. */
  function pointsOption(data) {
    const hasDots = data.series.some((one) => one.kind === 'dots');
    const read = (item) => wordsAt(data, item.value[0]);
    return {
      xAxis: axis(data.x, true), yAxis: axis(data.y, false), series: data.series.flatMap(series),
      tooltip: hasDots ? tooltip('item', read) : tooltip('axis', (items) => read(items[0])),
      grid: { left: 8, right: 18, top: 34, bottom: 44 },
    };
  }

  /** Rows of intervals on one scale, each under its label. */
  function intervalsOption(data) {
    const rows = data.rows;
    const parts = [true, false].flatMap((isMarked) => {
      const ink = colour(isMarked ? 's1' : 'quiet');
      const here = rows.map((row, i) => ({ ...row, i })).filter((row) => row.is_marked === isMarked);
      return [
        { type: 'line', silent: true, showSymbol: false, lineStyle: { color: ink, width: 6, opacity: 0.35, cap: 'round' },
          data: here.flatMap((row) => [[row.low, row.i], [row.high, row.i], ['-', '-']]) },
        { type: 'scatter', symbolSize: 10, itemStyle: { color: ink }, data: here.map((row) => [row.middle, row.i]) },
      ];
    });
    const labels = { inside: true, margin: 0, align: 'left', verticalAlign: 'bottom', padding: [0, 0, 8, 0], interval: 0,
      fontSize: 13, color: colour('ink') };
    return {
      xAxis: { ...axis(data.x, true), name: '', splitLine: { show: true, lineStyle: { color: colour('line') } } },
      yAxis: { type: 'category', inverse: true, data: rows.map((row) => `${row.label}   ${row.value}`),
        axisLine: { show: false }, axisTick: { show: false }, axisLabel: labels },
      series: parts,
      tooltip: tooltip('item', (item) => `${rows[item.value[1]].label}: ${rows[item.value[1]].value}`),
      grid: { left: 8, right: 18, top: 18, bottom: 24 },
    };
  }

  /** All that ECharts is told. @param {boolean} isPicture alone in a file, with its title and legend */
  function option(data, isPicture) {
    const body = data.rows ? intervalsOption(data) : pointsOption(data);
    const names = (data.series ?? []).map((one) => one.name).filter(Boolean);
    if (isPicture) body.grid.top += 56;
    return {
      animation: false, textStyle: { fontFamily: font },
      aria: { enabled: true, label: { description: data.description } },
      title: { show: isPicture, text: data.title, left: 8, top: 4, textStyle: { fontSize: 15, color: colour('ink') } },
      legend: { show: isPicture && names.length > 1, data: names, left: 8, top: 30 },
      ...body,
    };
  }

  const heightOf = (data) => data.height ?? data.rows.length * 38 + 44;

  /** Puts a chart where the drawing is; the drawing stays for paper. */
  function bringToLife(figure) {
    const data = JSON.parse(figure.querySelector('script.chart-data').textContent);
    const box = document.createElement('div');
    box.className = 'live';
    box.setAttribute('role', 'img');
    box.style.height = `${heightOf(data)}px`;
    box.style.maxWidth = `${data.width > 600 ? data.width : 480}px`;
    figure.append(box);
    figure.classList.add('is-live');
    const chart = echarts.init(box, null, { renderer: 'svg' });
    chart.setOption(option(data, false));
    new ResizeObserver(() => chart.resize()).observe(box);
    figure.append(tools([[texts.download_image, () => savePicture(data)],
      [texts.download_data, () => saveText(`${data.title}.csv`, csv(chartRows(data)))]], data.title));
    figure.querySelectorAll('.legend li').forEach((item) => addSwitch(chart, item));
  }

  /** A name in the legend shows and hides its series. */
  function addSwitch(chart, item) {
    const name = item.querySelector('.name').textContent;
    const button = document.createElement('button');
    button.type = 'button';
    button.setAttribute('aria-pressed', 'true');
    button.append(...item.childNodes);
    button.addEventListener('click', () => {
      const isShown = button.getAttribute('aria-pressed') !== 'true';
      button.setAttribute('aria-pressed', String(isShown));
      chart.dispatchAction({ type: isShown ? 'legendSelect' : 'legendUnSelect', name });
    });
    item.append(button);
  }

  /** Draws once more on a canvas, large enough for a slide, and hands the picture over. */
  function savePicture(data) {
    const box = document.createElement('div');
    const width = data.width ?? 480;
    const chart = echarts.init(box, null, { renderer: 'canvas', width, height: heightOf(data) + 56 });
    chart.setOption(option(data, true));
    save(`${data.title}.png`, chart.getDataURL({ type: 'png', pixelRatio: 2, backgroundColor: '#fff' }));
    chart.dispose();
  }

  /** A chart as rows: one a place on the x axis, one column a series. */
  function chartRows(data) {
    if (data.rows) return [['', data.title, 'low', 'high'],
      ...data.rows.map((row) => [row.label, row.middle, row.low, row.high])];
    const shown = data.series.filter((one) => one.name);
    const cells = (one, x) => {
      const point = one.points.find((candidate) => candidate[0] === x);
      return one.kind === 'band' ? point?.slice(3, 5) ?? ['', ''] : [point?.[1] ?? ''];
    };
    const heads = shown.flatMap((one) => one.kind === 'band' ? [`${one.name} low`, `${one.name} high`] : [one.name]);
    return [[data.x.title, ...heads],
      ...data.at.map(([x, , key]) => [key, ...shown.flatMap((one) => cells(one, x))])];
  }

  // ---- tables -------------------------------------------------------------------------------------------

  /** What a cell is sorted by: its value, or its words. */
  const keyOf = (row, column) => row.cells[column].dataset.value ?? row.cells[column].textContent.trim();

  /** Numbers before words, each in its order; what is not there comes last, whichever way one sorts. */
  function compare(a, b, direction) {
    const isAbsent = (key) => key === '' || key === '–';
    if (isAbsent(a) || isAbsent(b)) return isAbsent(a) - isAbsent(b);
    const [x, y] = [Number(a), Number(b)];
    if (!Number.isNaN(x) && !Number.isNaN(y)) return direction * (x - y);
    return direction * a.localeCompare(b, document.documentElement.lang);
  }

  /** Sorts by a column: numbers largest first, words from A; a second time the other way round. */
  function sortBy(table, column) {
    const head = table.tHead.rows[0].cells[column];
    const body = table.tBodies[0];
    const isFirst = !head.hasAttribute('aria-sort');
    const isNumber = head.classList.contains('number') || head.classList.contains('centred');
    const isAscending = isFirst ? !isNumber : head.getAttribute('aria-sort') !== 'ascending';
    const rows = [...body.rows].filter((row) => !row.classList.contains('total'));
    rows.sort((a, b) => compare(keyOf(a, column), keyOf(b, column), isAscending ? 1 : -1));
    for (const cell of table.tHead.rows[0].cells) cell.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', isAscending ? 'ascending' : 'descending');
    body.prepend(...rows);
  }

  /** Headings become buttons, so that the keyboard reaches them. */
  function makeSortable(table) {
    if (table.tBodies[0].rows.length < 3) return;
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.append(...head.childNodes);
      button.addEventListener('click', () => sortBy(table, column));
      head.append(button);
    });
  }

  /** A cell in a file: its words where they say more than its value (an interval), else its value. */
  function plain(cell) {
    const words = cell.innerText.trim();
    return /[(（]/.test(words) ? words : cell.dataset.value ?? words;
  }

  const tableRows = (table) => [...table.rows].map((row) => [...row.cells].map(plain));

  function addTableTools(table) {
    const caption = table.caption.textContent.trim();
    const download = () => saveText(`${caption}.csv`, csv(tableRows(table)));
    table.closest('.table-box').after(tools([[texts.download_table, download]], caption));
  }

  // ---- files --------------------------------------------------------------------------------------------

  /** Rows as CSV. A text that a spreadsheet would take for a formula is kept a text by a quote before it. */
  function csv(rows) {
    const cell = (value) => {
      const text = String(value);
      const safe = /^[=+@\t-]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
      return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
    };
    return rows.map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
  }

  function save(name, address) {
    const link = document.createElement('a');
    link.href = address;
    link.download = name.replace(/[\\/:*?"<>|]+/g, ' ');
    link.click();
  }

  /** The byte order mark tells spreadsheets that it is UTF-8. */
  function saveText(name, text) {
    const address = URL.createObjectURL(new Blob(['\uFEFF', text], { type: 'text/csv' }));
    save(name, address);
    setTimeout(() => URL.revokeObjectURL(address), 60000);
  }

  /** A row of buttons. @param {[string, () => void][]} entries @param {string} about what they are of */
  function tools(entries, about) {
    const row = document.createElement('p');
    row.className = 'tools';
    for (const [label, act] of entries) {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = label;
      button.setAttribute('aria-label', texts.button_about.replace('{0}', label).replace('{1}', () => about));
      button.addEventListener('click', act);
      row.append(button);
    }
    return row;
  }

  document.querySelectorAll('table.data').forEach((table) => {
    makeSortable(table);
    addTableTools(table);
  });
  document.querySelectorAll('script.chart-data').forEach((data) => bringToLife(data.parentElement));
})();
