#!/usr/bin/env -S node --import=tsx
// Draws the pictures of the dashboard in docs/pictures from what Prometheus said of a cluster in a lab: `dashboard.ts RECORD`, which
// `RECORD_PANELS=RECORD scripts/test monitoring` writes. Grafana draws the same queries with other pens.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../tools/project-root.js';
import { type DrawnPanel, sheet } from './panel.js';

const [record] = process.argv.slice(2);
if (record === undefined) throw new Error('usage: dashboard.ts RECORD');
const panels = JSON.parse(readFileSync(record, 'utf8')) as readonly DrawnPanel[];
const folder = join(projectRoot(), 'docs', 'pictures');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'dashboard.svg'), sheet(panels));
