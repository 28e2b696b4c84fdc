/** The subcommand `convert`, which this version does not have yet: it says so rather than pretending. */
import type { Command } from '../cli/command.js';

export const command: Command = {
  usage: 'openelb-vip convert',
  about: "Turns another load balancer's configuration into ours. This version cannot do that yet.",
  flags: [],
  async run() {
    process.stderr.write(
      'openelb-vip convert: this version cannot convert yet: write Eip objects by hand, see deploy/samples\n',
    );
    return 1;
  },
};
