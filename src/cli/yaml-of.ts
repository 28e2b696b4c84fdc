/** Data as YAML. What writes it is loaded when it is needed: it is larger than most commands. */
export async function yamlOf(data: unknown): Promise<string> {
  const { stringify } = await import('yaml');
  return stringify(data);
}
