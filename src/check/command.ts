/** The subcommand `check`: what an API server, the controller or an agent would say of manifests, without any of them. */
import type { Command } from '../cli/command.js';
import { endWithReader } from '../cli/reader-gone.js';
import { check } from './check.js';
import { readFiles } from './files.js';
import { reportJson, reportText, summary } from './report.js';

export const command: Command = {
  usage: 'openelb-vip check [FLAGS] FILE|DIR…',
  about:
    'Says what is wrong with manifests before anybody applies them: Eip, BgpConf, BgpPeer, VipGroup, and Services with our annotations, by the ' +
    'rules that the controller and the agents go by, and with each other: pools that overlap, names that are there twice, an address that two ' +
    'Services ask for. It needs no cluster. - is standard input; of a directory it reads the .yaml, .yml and .json in it. Each finding is a line ' +
    'FILE:LINE: error|warning: OBJECT: FIELD: what is wrong, and the remedy. An error is refused or does not work; a warning is accepted, and does ' +
    'not do what it says. Ends with 0 when there is no error, with 1 when there is one (--strict: or a warning), with 2 when something could not ' +
    'be read: then what could be was checked all the same.',
  flags: [
    {
      name: 'for-agent',
      type: 'boolean',
      help: "The files are for an agent's --manifests: there a field that nobody knows, or another kind, is an error.",
    },
    {
      name: 'all-services',
      type: 'boolean',
      help: 'The controller runs with --all-services: a Service needs no annotation to be served.',
    },
    { name: 'strict', type: 'boolean', help: 'End with 1 also when there are only warnings.' },
    {
      name: 'output',
      short: 'o',
      type: 'string',
      value: 'text|json',
      default: 'text',
      help: 'How findings are printed: a line for each, or one JSON object with findings, unreadable, objects and others.',
      check: (text) => (text === 'text' || text === 'json' ? undefined : 'it must be text or json'),
    },
  ],
  positionals: 'FILE|DIR',
  async run(values, names) {
    const say = (line: string) => process.stderr.write(`openelb-vip check: ${line}\n`);
    if (names.length === 0) {
      say('no file: name files or directories, or - for standard input');
      return 2;
    }
    endWithReader(process.stdout, () => {}); // its exit code is still to be said
    const read = await readFiles(names, process.stdin);
    const texts = read.flatMap((each) => (each.ok ? [each] : []));
    const missing = read.flatMap((each) => (each.ok ? [] : [{ file: each.file, line: 1, message: each.reason }]));
    const found = check(texts, {
      forAgent: values['for-agent'] === true,
      allServices: values['all-services'] === true,
    });
    const checked = { ...found, unreadable: [...missing, ...found.unreadable] };
    process.stdout.write(values.output === 'json' ? reportJson(checked) : reportText(checked));
    say(summary(checked, texts.length));
    if (checked.unreadable.length > 0) return 2;
    const wrong = checked.findings.some(({ severity }) => severity === 'error' || values.strict === true);
    return wrong ? 1 : 0;
  },
};
