/** The subcommand `version`: which program this is. */
import type { Command } from '../cli/command.js';
import { programVersion } from '../platform/observability/program-version.js';

export const command: Command = {
  usage: 'openelb-vip version [--json]',
  about: 'Says the version of this program, the commit it was built from, and the Node.js that runs it.',
  flags: [{ name: 'json', type: 'boolean', help: 'As a JSON object.' }],
  run: async (values) => {
    const said = { ...programVersion(), node: process.version, platform: `linux/${process.arch}` };
    const words = `openelb-vip ${said.version} (commit ${said.commit}, Node.js ${said.node}, ${said.platform})`;
    process.stdout.write(`${values.json ? JSON.stringify(said) : words}\n`);
    return 0;
  },
};
