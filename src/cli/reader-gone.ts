/** What a command does when whoever reads what it prints has had enough, as `head`: it ends, without a word. */
export function endWithReader(stdout: NodeJS.WriteStream, end: (code: number) => void = process.exit): void {
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    end(0);
  });
}
