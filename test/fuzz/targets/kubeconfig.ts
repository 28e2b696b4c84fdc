import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readKubeconfig } from '../../../src/platform/kubernetes/kubeconfig-reader.js';
import { parseServer } from '../../../src/platform/kubernetes/server-url.js';
import { textForm } from '../forms/text.js';
import type { Target } from '../fuzzer.js';

const seed = `apiVersion: v1
kind: Config
current-context: a
clusters:
- name: c
  cluster: {server: "https://192.0.2.1:6443", certificate-authority-data: eA==, tls-server-name: x}
- name: d
  cluster: {server: "http://127.0.0.1:8080", insecure-skip-tls-verify: true, proxy-url: "socks5://p:1"}
contexts:
- name: a
  context: {cluster: c, user: u, namespace: n}
- name: b
  context: {cluster: d, user: v}
users:
- name: u
  user: {token: t, as: x, as-groups: [g], as-uid: "1", as-user-extra: {k: [v]}}
- name: v
  user: {tokenFile: t, exec: {apiVersion: client.authentication.k8s.io/v1, command: ./p, args: [a], interactiveMode: Never}}
- name: w
  user: {client-certificate-data: eA==, client-key-data: eA==, username: u, password: p}
`;

const words = [
  'current-context: b\n',
  'user: w\n',
  'cluster: d',
  '- name: c\n',
  'server: https://x',
  'exec: {',
  'null',
];

const folder = mkdtempSync(join(tmpdir(), 'openelb-fuzz-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'config');

/** Any file is a kubeconfig or refused with a message that names it. Credentials are not asked for: that would run programs. */
export const target: Target<string> = {
  form: textForm({ words, longest: 4_000 }),
  seeds: [seed],

  run(text) {
    writeFileSync(file, text);
    const found = refused(() => readKubeconfig([file], '--kubeconfig'));
    if (found === undefined) return;
    assert.ok(typeof found.server === 'string' && typeof found.namespace === 'string', JSON.stringify(found));
    refused(() => parseServer(found.server, found.origin));
  },
};

function refused<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    assert.ok(error instanceof Error && error.message.includes(file), String((error as Error).stack));
    return undefined;
  }
}
