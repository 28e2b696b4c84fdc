/** Data as YAML. */
export async function yamlOf(data: unknown): Promise<string> {
  const { stringify } = await import('./yaml-writer.js');
  return stringify(data);
}
