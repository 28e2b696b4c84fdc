// Owns: how a panel of the dashboard is drawn from the answers of Prometheus.
import { init } from 'echarts';

/** A line of a panel: its name, and instants (seconds since 1970) with values. */
export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
}

export interface DrawnPanel {
  readonly title: string;
  /** As Grafana calls it: `s`, `short`, `percentunit`, `bytes`, `pps`. */
  readonly unit: string;
  readonly lines: readonly Line[];
}

/** In pixels. */
export const panelSize = { width: 480, height: 220 } as const;

/** What is drawn of all panels, in seconds since 1970. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The panel as an SVG element, drawn by a library, without any request. */
export function panelSvg({ title, unit, lines }: DrawnPanel, { from, to }: Span): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...panelSize });
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    title: { text: title, left: 12, top: 8, textStyle: { fontSize: 13 } },
    grid: { left: 58, right: 16, top: 36, bottom: 46 },
    legend: { bottom: 4, itemWidth: 14, itemHeight: 6, textStyle: { fontSize: 10 } },
    xAxis: {
      type: 'value',
      min: 0,
      max: Math.ceil(to - from),
      axisLabel: { fontSize: 10, formatter: '{value} s' },
      splitLine: { show: false },
    },
    yAxis: { type: 'value', min: 0, axisLabel: { fontSize: 10, formatter: (value: number) => valueText(value, unit) } },
    series: lines.map(({ name, points }) => ({
      type: 'line',
      name,
      showSymbol: points.length === 1,
      lineStyle: { width: 1.5 },
      data: points.filter(([at]) => at >= from).map(([at, value]) => [Math.round((at - from) * 10) / 10, value]),
    })),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

/** From when half of the panels have figures. */
export function spanOf(panels: readonly DrawnPanel[]): Span {
  const instants = panels.map(({ lines }) => lines.flatMap(({ points }) => points.map(([at]) => at)));
  const begins = instants.map((each) => Math.min(...each)).sort((a, b) => a - b);
  return { from: begins[begins.length >> 1]!, to: Math.max(...instants.flat()) };
}

/** Panels beside and below each other, as one SVG, all over the same span. */
export function sheet(panels: readonly DrawnPanel[], columns = 2): string {
  const { width, height } = panelSize;
  const size = [columns * width, Math.ceil(panels.length / columns) * height];
  const span = spanOf(panels);
  const placed = panels.map(
    (panel, at) =>
      `<g transform="translate(${(at % columns) * width} ${Math.floor(at / columns) * height})">${panelSvg(panel, span)}</g>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size[0]}" height="${size[1]}" viewBox="0 0 ${size.join(' ')}">\n${placed.join('\n')}\n</svg>\n`;
}

function valueText(value: number, unit: string): string {
  switch (unit) {
    case 's':
      return value < 1 ? `${Number((value * 1000).toPrecision(3))} ms` : `${Number(value.toPrecision(3))} s`;
    case 'percentunit':
      return `${Math.round(value * 100)} %`;
    case 'bytes':
      return `${Math.round(value / 2 ** 20)} MiB`;
    case 'pps':
      return `${Number(value.toPrecision(3))}/s`;
    default:
      return String(Number(value.toPrecision(3)));
  }
}
