/** Something outside of this program keeps an image from being made. The message names it, and what to do. */
export class PackagingProblem extends Error {
  override readonly name = 'PackagingProblem';
}
