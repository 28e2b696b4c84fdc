// Owns: what CHANGELOG.md says of one version.
import { PackagingProblem } from './problem.js';

/**
 * The text of a version's section, without its heading.
 * @throws PackagingProblem when there is none, more than one, or nothing in it
 */
export function changelogSection(text: string, version: string): string {
  const sections = text.split(/^## /m).slice(1);
  const found = sections.filter((section) => section.split('\n', 1)[0]!.trim() === version);
  if (found.length !== 1)
    throw new PackagingProblem(
      `CHANGELOG.md has ${found.length === 0 ? 'no section' : `${found.length} sections`} of ${version}: write one, under "## ${version}"`,
    );
  const body = found[0]!.slice(found[0]!.indexOf('\n')).trim();
  if (!/^- \S/m.test(body))
    throw new PackagingProblem(`CHANGELOG.md says nothing of ${version}: list what changed for users, as "- …"`);
  return body;
}
