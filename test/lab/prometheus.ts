import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { eventually } from './eventually.js';
import type { Host } from './host.js';
import type { Lab } from './lab.js';

/** What is scraped: a program on a host, with the labels that the operator of Prometheus gives to it. */
export interface Target {
  readonly job: string;
  /** `host:port` */
  readonly address: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** One series of an answer: a value with its instant, or several. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [seconds: number, value: number])[];
}

export interface Prometheus {
  /** What each expression gives now. @throws Error with what Prometheus says against one of them */
  query(...expressions: readonly string[]): Promise<readonly (readonly Series[])[]>;
  /** What each gives over the last so many seconds, every `step` seconds. */
  range(seconds: number, step: number, ...expressions: readonly string[]): Promise<readonly (readonly Series[])[]>;
  /** Alerts that are pending or firing, by name. */
  alerts(): Promise<readonly { readonly name: string; readonly state: string; readonly labels: object }[]>;
}

/**
 * Starts Debian's Prometheus on a host, and waits until every target was scraped.
 *
 * @param o.rules a file of rules, as Prometheus itself reads it
 */
export async function startPrometheus(
  host: Host,
  lab: Lab,
  o: { readonly targets: readonly Target[]; readonly rules: string; readonly everyMs: number },
): Promise<Prometheus> {
  const folder = join(lab.folder, 'prometheus');
  mkdirSync(folder);
  writeFileSync(join(folder, 'rules.yaml'), o.rules);
  writeFileSync(
    join(folder, 'prometheus.yaml'),
    stringify({
      global: {
        scrape_interval: `${o.everyMs}ms`,
        scrape_timeout: `${o.everyMs}ms`,
        evaluation_interval: `${o.everyMs}ms`,
      },
      rule_files: ['rules.yaml'],
      scrape_configs: [...new Set(o.targets.map(({ job }) => job))].map((job) => ({
        job_name: job,
        static_configs: o.targets
          .filter((each) => each.job === job)
          .map(({ address, labels = {} }) => ({ targets: [address], labels })),
      })),
    }),
  );
  const prometheus = host.start('prometheus', 'prometheus', [
    `--config.file=${join(folder, 'prometheus.yaml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    '--web.listen-address=127.0.0.1:9090',
    '--log.level=warn',
  ]);
  const ask = async (paths: readonly string[]): Promise<readonly unknown[]> => {
    const answers = JSON.parse(await host.run(process.execPath, ['-e', asking, ...paths])) as readonly Answer[];
    return answers.map(({ status, data, error }, at) => {
      if (status !== 'success') throw new Error(`${decodeURIComponent(paths[at]!)}: ${error}`);
      return data;
    });
  };
  const search = (values: Readonly<Record<string, string>>) => new URLSearchParams(values).toString();
  const query: Prometheus['query'] = async (...expressions) =>
    (await ask(expressions.map((each) => `/api/v1/query?${search({ query: each })}`))).map(seriesOf);
  let up: readonly Series[] = [];
  await eventually(
    'every target scraped',
    async () => {
      [up = []] = await query('up');
      return up.length === o.targets.length && up.every(({ values }) => values[0]?.[1] === 1);
    },
    { withinMs: 30_000, everyMs: 200, onTimeout: () => `${JSON.stringify(up)}\n${prometheus.log()}` },
  );
  return {
    query,
    range: async (seconds, step, ...expressions) => {
      const now = Date.now() / 1000;
      const over = { start: String(now - seconds), end: String(now), step: String(step) };
      return (await ask(expressions.map((each) => `/api/v1/query_range?${search({ query: each, ...over })}`))).map(
        seriesOf,
      );
    },
    alerts: async () => {
      const [data] = (await ask(['/api/v1/alerts'])) as [
        { alerts: readonly { labels: { alertname: string }; state: string }[] },
      ];
      return data.alerts.map(({ labels: { alertname: name, ...labels }, state }) => ({ name, state, labels }));
    },
  };
}

interface Answer {
  readonly status: string;
  readonly data?: unknown;
  readonly error?: string;
}

type Sample = readonly [number, string];

function seriesOf(data: unknown): readonly Series[] {
  const { result } = data as {
    result: readonly { metric: Series['metric']; value?: Sample; values?: readonly Sample[] }[];
  };
  return result.map(({ metric, value, values = value === undefined ? [] : [value] }) => ({
    metric,
    values: values.map(([at, text]) => [at, Number(text)] as const),
  }));
}

/** Run where Prometheus listens: asks each path, and prints all answers. */
const asking = `
const http = require('node:http');
const get = (path) => new Promise((resolve, reject) => {
  http.get({ host: '127.0.0.1', port: 9090, path, agent: false, signal: AbortSignal.timeout(5000) }, (response) => {
    let body = '';
    response.setEncoding('utf8').on('data', (text) => { body += text; }).on('end', () => resolve(JSON.parse(body)));
  }).on('error', reject);
});
Promise.all(process.argv.slice(1).map(get)).then((answers) => console.log(JSON.stringify(answers)));
`;
