/**
 * The commit that a folder has checked out, with `-dirty` behind it when the program's sources are not those of the commit, and its time
 * in seconds since 1970. `unknown` without git, or outside of a clone.
 */
export function sourceCommit(root: string): Promise<{ readonly commit: string; readonly seconds: number | undefined }>;
